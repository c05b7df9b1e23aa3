Feature: Annotations, headers and preferences

  @req:UPD-25 @must @source:convention @rule:unknown-annotation @pact
  Scenario: an annotation that the server does not know is tolerated
    Given the entity
    When the client makes a documented update with an unknown instance annotation
    Then the update succeeds
    And a following GET shows the update

  @req:UPD-26 @must @source:convention @rule:media-type-parameters @proves:update
  Scenario: a charset parameter on the media type is accepted
    Given the entity
    When the client sends a documented update as "application/json; charset=utf-8"
    Then the update succeeds
    And a following GET shows the update

  @req:UPD-27 @must @source:convention @rule:if-match @needs-get
  Scenario: a stale If-Match is refused
    Given the entity
    And the entity has an ETag
    And the entity has been updated since
    When the client makes a documented update with the old ETag as If-Match
    Then the response is 412
    And nothing has changed

  @req:UPD-28 @must @source:convention @rule:if-match @needs-get
  Scenario: the current If-Match is accepted
    Given the entity
    And the entity has an ETag
    When the client makes a documented update with the current ETag as If-Match
    Then the update succeeds
    And a following GET shows the update

  @req:UPD-42 @should @source:convention @rule:etag-answered
  Scenario: the ETag that an update answers with is the current one
    Given the entity
    When the client makes a documented update
    And the client updates it again with the ETag of the response as If-Match
    Then the update succeeds
    And a following GET shows the update

  @req:UPD-29 @may @source:convention @rule:prefer-minimal
  Scenario: return=minimal is honoured or ignored, never half of each
    Given the entity
    When the client makes a documented update with the preference "return=minimal"
    Then the preference for a minimal response is honoured or ignored
    And a following GET shows the update

  @req:UPD-30 @should @source:convention @rule:request-id
  Scenario: each response carries a request-id
    Given the entity
    When the client makes a documented update
    Then the response carries a request-id

  @req:UPD-31 @should @source:convention @rule:client-request-id
  Scenario: the client-request-id comes back
    Given the entity
    When the client makes a documented update with a client-request-id
    Then the response echoes the client-request-id
