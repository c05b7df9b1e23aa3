Feature: An update answers as the reference page promises

  The page names the properties that a client may set, their values and the
  response. What stands in the tables "from the page" below is read from the page
  when the suite runs, so that a scenario never repeats what the page says.

  @req:UPD-01 @must @source:doc @fact:enum @pact
  Scenario Outline: a documented value is accepted: <property> = <value>
    Given the entity with <property> other than "<value>"
    When the client sets <property> to "<value>"
    Then the response has the documented status
    And the response body shows <property> as "<value>"
    And a following GET shows <property> as "<value>"

    @from-page
    Examples: each settable enum value
      | property | value |

  @req:UPD-02 @must @source:doc @fact:status @pact @proves:update
  Scenario: an update answers with the documented status
    Given the entity
    When the client makes a documented update
    Then the response has the documented status

  @req:UPD-03 @must @source:doc @fact:response-body
  Scenario: the response body is the documented object
    Given the entity
    When the client makes a documented update
    Then the update succeeds with a body
    And the response body matches the response schema

  @req:UPD-04 @must @source:convention @rule:json-format
  Scenario: the response is labelled as JSON
    Given the entity
    When the client makes a documented update
    Then the update succeeds with a body
    And the response has the documented media type

  @req:UPD-41 @should @source:convention @rule:json-charset
  Scenario: a charset on the JSON of the response is UTF-8
    Given the entity
    When the client makes a documented update
    Then the update succeeds with a body
    And the charset of the response, where it names one, is UTF-8
