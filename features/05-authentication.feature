Feature: An update without valid credentials is turned away

  @req:UPD-22 @must @source:convention @rule:authenticate
  Scenario: a request without a token gets 401
    Given the entity
    And the endpoint asks for a token
    When the client makes a documented update without an Authorization header
    Then the response is 401 with WWW-Authenticate
    And nothing has changed

  @req:UPD-23 @must @source:convention @rule:authenticate
  Scenario: a request with a bad token gets 401
    Given the entity
    And the endpoint asks for a token
    When the client makes a documented update with a token that nobody issued
    Then the response is 401 with WWW-Authenticate
    And nothing has changed

  @req:UPD-40 @must @source:convention @rule:authenticate
  Scenario: a request with an expired token gets 401
    Given the entity
    And the endpoint asks for a token
    When the client makes a documented update with a token that has expired
    Then the response is 401 with WWW-Authenticate
    And nothing has changed
