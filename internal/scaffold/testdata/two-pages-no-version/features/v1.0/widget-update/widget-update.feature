# Scenarios of your own for PATCH /shops/{id}/widgets/{id2}
# (docs/widget-update.md). They run beside the suite of graphpact, which `graphpact list` shows:
#   graphpact run --doc docs/widget-update.md --features features/v1.0/widget-update --no-pact
# Each needs an id of its own, a strength, and what asks for it. The sentences are those of
# the suite; `graphpact explain UPD-02` shows them at work.
Feature: Update widget, as we use it

  @req:OWN-01 @must @source:doc @fact:status @proves:update
  Scenario: an update is answered with 200
    Given the entity
    When the client makes a documented update
    Then the response has the documented status

  @req:OWN-02 @must @source:doc @fact:enum
  Scenario: colour can be set to red
    Given the entity with colour other than "red"
    When the client sets colour to "red"
    Then the response has the documented status
    And a following GET shows colour as "red"

  @req:OWN-03 @must @source:doc @fact:properties
  Scenario: label can be set, and is shown
    Given the entity
    When the client sets only label
    Then the update succeeds
    And a following GET shows label as sent

  @req:OWN-04 @must @source:doc @fact:properties
  Scenario: tags can be set, and is shown
    Given the entity
    When the client sets only tags
    Then the update succeeds
    And a following GET shows tags as sent

  @req:OWN-05 @must @source:doc @fact:properties
  Scenario: shades can be set, and is shown
    Given the entity
    When the client sets only shades
    Then the update succeeds
    And a following GET shows shades as sent

  @req:OWN-06 @must @source:doc @fact:properties
  Scenario: big can be set, and is shown
    Given the entity
    When the client sets only big
    Then the update succeeds
    And a following GET shows big as sent

  @req:OWN-07 @must @source:doc @fact:properties
  Scenario: small can be set, and is shown
    Given the entity
    When the client sets only small
    Then the update succeeds
    And a following GET shows small as sent

  @req:OWN-08 @must @source:doc @fact:properties
  Scenario: count can be set, and is shown
    Given the entity
    When the client sets only count
    Then the update succeeds
    And a following GET shows count as sent

  @req:OWN-09 @must @source:doc @fact:properties
  Scenario: total can be set, and is shown
    Given the entity
    When the client sets only total
    Then the update succeeds
    And a following GET shows total as sent

  @req:OWN-10 @must @source:doc @fact:properties
  Scenario: weight can be set, and is shown
    Given the entity
    When the client sets only weight
    Then the update succeeds
    And a following GET shows weight as sent

  @req:OWN-11 @must @source:doc @fact:properties
  Scenario: price can be set, and is shown
    Given the entity
    When the client sets only price
    Then the update succeeds
    And a following GET shows price as sent

  @req:OWN-12 @must @source:doc @fact:properties
  Scenario: soldOn can be set, and is shown
    Given the entity
    When the client sets only soldOn
    Then the update succeeds
    And a following GET shows soldOn as sent

  @req:OWN-13 @must @source:doc @fact:properties
  Scenario: opensAt can be set, and is shown
    Given the entity
    When the client sets only opensAt
    Then the update succeeds
    And a following GET shows opensAt as sent

  @req:OWN-14 @must @source:doc @fact:properties
  Scenario: takes can be set, and is shown
    Given the entity
    When the client sets only takes
    Then the update succeeds
    And a following GET shows takes as sent

  @req:OWN-15 @must @source:doc @fact:properties
  Scenario: owner can be set, and is shown
    Given the entity
    When the client sets only owner
    Then the update succeeds
    And a following GET shows owner as sent

  @req:OWN-16 @must @source:doc @fact:properties
  Scenario: checkedAt can be set, and is shown
    Given the entity
    When the client sets only checkedAt
    Then the update succeeds
    And a following GET shows checkedAt as sent
