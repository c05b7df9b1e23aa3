@read-only
Feature: A GET shows the entity, and changes nothing

  These scenarios send nothing but GET, so they can run where nobody may write. The
  page of an update documents the object that it answers; a GET gives the same one
  (OData 4.01 Protocol 11.4.1.5). Where the page promises no object, nothing is asked
  of its shape here either.

  @req:UPD-32 @must @source:doc @fact:response-body @rule:representation
  Scenario: a GET shows the documented object
    Given the entity
    When the client reads the entity
    Then the response is 200 with an object
    And the response body matches the response schema

  @req:UPD-33 @must @source:convention @rule:json-format
  Scenario: the answer to a GET is labelled as JSON
    Given the entity
    When the client reads the entity
    Then the response is 200 with an object
    And the response is labelled as JSON

  @req:UPD-34 @should @source:convention @rule:safe-read
  Scenario: two GETs in a row show the same entity
    Given the entity
    When the client reads the entity
    And the client reads the entity again
    Then both responses show the same entity

  @req:UPD-35 @must @source:convention @rule:not-found
  Scenario Outline: a GET with an unknown <parameter> gets 404
    Given the entity
    When the client reads an entity with another <parameter>, which nobody made
    Then the response is 404 with a Graph error body

    @from-page
    Examples: each path parameter
      | parameter |

  @req:UPD-36 @must @source:convention @rule:authenticate
  Scenario: a GET without a token gets 401
    Given the entity
    And the endpoint asks for a token
    When the client reads the entity without an Authorization header
    Then the response is 401 with WWW-Authenticate

  @req:UPD-37 @must @source:convention @rule:authenticate
  Scenario: a GET with a bad token gets 401
    Given the entity
    And the endpoint asks for a token
    When the client reads the entity with a token that nobody issued
    Then the response is 401 with WWW-Authenticate

  @req:UPD-38 @must @source:convention @rule:key-in-path
  Scenario: a GET shows the entity that the path names
    Given the entity
    When the client reads the entity
    Then the response is 200 with an object
    And the key in the response body is the one in the path

  @req:UPD-39 @must @source:convention @rule:if-none-match
  Scenario: a GET with the current ETag as If-None-Match is no error
    Given the entity
    And the entity has an ETag
    When the client reads the entity with the current ETag as If-None-Match
    Then the response is 304, or 200 with an object
