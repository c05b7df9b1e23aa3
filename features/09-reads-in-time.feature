Feature: Reads are up to date

  A server may be eventually consistent: a read then shows an older state for a while.
  Scenarios wait for that, within --settle, and hold nothing against it. What it means
  for a client is said here, once for the whole run.

  @req:UPD-45 @should @source:convention @rule:consistent-reads @needs-get
  Scenario: each read shows the updates before it
    Given the entity
    When the client makes a documented update
    Then the update succeeds
    And the update took effect, or this shows nothing
    And no read of the run was late
