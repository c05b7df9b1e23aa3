# Scenarios of your own for PATCH /me/lantern
# (docs/lantern-update.md). They run beside the suite of graphpact, which `graphpact list` shows:
#   graphpact run --doc docs/lantern-update.md --features features/v1.0/lantern-update --no-pact
# Each needs an id of its own, a strength, and what asks for it. The sentences are those of
# the suite; `graphpact explain UPD-02` shows them at work.
Feature: Update lantern, as we use it

  @req:OWN-01 @must @source:doc @fact:status @proves:update
  Scenario: an update is answered with 204
    Given the entity
    When the client makes a documented update
    Then the response has the documented status

  @req:OWN-02 @must @source:doc @fact:properties
  Scenario: glow can be set, and is shown
    Given the entity
    When the client sets only glow
    Then the update succeeds
    And a following GET shows glow as sent

  @req:OWN-03 @must @source:doc @fact:properties
  Scenario: mode can be set, and is shown
    Given the entity
    When the client sets only mode
    Then the update succeeds
    And a following GET shows mode as sent

  @req:OWN-04 @must @source:doc @fact:properties
  Scenario: label can be set, and is shown
    Given the entity
    When the client sets only label
    Then the update succeeds
    And a following GET shows label as sent

  @req:OWN-05 @must @source:doc @fact:properties
  Scenario: country can be set, and is shown
    Given the entity
    When the client sets only country
    Then the update succeeds
    And a following GET shows country as sent

  @req:OWN-06 @must @source:doc @fact:properties
  Scenario: tags can be set, and is shown
    Given the entity
    When the client sets only tags
    Then the update succeeds
    And a following GET shows tags as sent

  @req:OWN-07 @must @source:doc @fact:properties
  Scenario: burnsUntil can be set, and is shown
    Given the entity
    When the client sets only burnsUntil
    Then the update succeeds
    And a following GET shows burnsUntil as sent

  @req:OWN-08 @must @source:doc @fact:enum
  Scenario: sides can be set to north
    Given the entity with sides other than "north"
    When the client sets sides to "north"
    Then the response has the documented status
    And a following GET shows sides as "north"
