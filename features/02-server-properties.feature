Feature: What only the server sets

  The key names the entity, and the server keeps the dates of creation and of the
  last modification. A page may list them as updatable; no update may move them.

  @req:UPD-05 @must @source:convention @rule:key-immutable
  Scenario: the key is the entity's own and does not change
    Given the entity
    When the client makes a documented update
    Then the update succeeds
    And the key in the response body is the entity's
    And a following GET shows the key unchanged
    And the update took effect, or this shows nothing

  @req:UPD-06 @must @source:convention @rule:modified-date
  Scenario: an update moves the date of the last modification forward
    Given the entity
    When the client makes a documented update
    Then the update succeeds
    And the date of the last modification is a valid DateTimeOffset
    And the date of the last modification has moved forward

  @req:UPD-07 @should @source:convention @rule:date-header
  Scenario: the date of the last modification is the server's own time
    Given the entity
    When the client makes a documented update
    Then the update succeeds
    And the date of the last modification lies within 60 seconds of the Date header

  @req:UPD-08 @must @source:convention @rule:created-date @needs-get
  Scenario: an update leaves the date of creation alone
    Given the entity
    When the client makes a documented update
    Then the update succeeds
    And the date of creation has not changed
    And the update took effect, or this shows nothing

  @req:UPD-09 @must @source:convention @rule:server-set @needs-get
  Scenario Outline: a client cannot set <property>
    Given the entity
    When the client sends another value for <property>, which only the server sets
    Then the update succeeds or is refused
    And a following GET does not show the value sent for <property>

    @from-page
    Examples: each property that only the server sets
      | property |
