Feature: An update is a merge

  PATCH changes what its body names and nothing else (OData 4.01 Protocol 11.4.3).

  @req:UPD-10 @must @source:convention @rule:patch-merge @needs-get @proves:update
  Scenario Outline: setting only <property> leaves the rest alone
    Given the entity
    When the client sets only <property>
    Then the update succeeds
    And a following GET shows <property> as sent
    And every other property is as it was, but for the date of the last modification

    @from-page
    Examples: each settable property
      | property |

  # Where the page is silent nothing is a MUST.
  @req:UPD-48 @should @source:convention @rule:patch-merge @needs-get
  Scenario Outline: setting one member of <property> leaves its other members alone
    Given the entity
    When the client sets one member of <property>
    Then the update took effect, or this shows nothing
    And every other member of <property> is as it was
    And every other property is as it was, but for the date of the last modification

    @from-page
    Examples: each settable object whose members are known
      | property |

  # Twice: the first update may set what the entity had at the beginning, which a server that shows
  # an old state shows too.
  @req:UPD-44 @must @source:convention @rule:patch-merge @needs-get @proves:update
  Scenario: an update is still there at the second GET
    Given the entity
    When the client makes a documented update
    Then the update succeeds
    And a following GET shows the update
    And the GET after that shows the update
    When the client makes another documented update
    Then the update succeeds
    And a following GET shows the update
    And the GET after that shows the update

  @req:UPD-11 @must @source:convention @rule:representation @needs-get
  Scenario: the response body equals a following GET
    Given the entity
    When the client makes a documented update
    Then the update succeeds with a body
    And the response body equals a following GET, annotations aside
    And the update took effect, or this shows nothing

  @req:UPD-43 @must @source:convention @rule:patch-merge
  Scenario: an empty update, taken or refused, changes nothing
    Given the entity
    And the entity differs from its first state
    When the client sends an empty object
    Then the update succeeds or is refused
    And every property is as it was, but for the date of the last modification

  @req:UPD-12 @should @source:convention @rule:empty-patch @pact
  Scenario: an empty update is accepted and changes nothing
    Given the entity
    And the entity differs from its first state
    When the client sends an empty object
    Then the update succeeds
    And every property is as it was, but for the date of the last modification

  @req:UPD-13 @should @source:convention @rule:patch-repeatable @needs-get
  Scenario: the same update twice leaves the state that it left once
    Given the entity
    When the client makes a documented update
    And the client repeats the same update
    Then both updates succeed
    And the second left every property as the first did, but for the date of the last modification
    And the update took effect, or this shows nothing

  @req:UPD-14 @must @source:convention @rule:atomic-update @needs-get
  Scenario: two updates at once leave what one of them asked for
    Given the entity
    When two clients send different updates at once
    Then at least one update succeeds and the other succeeds or reports a conflict
    And a following GET shows what one of the successful updates asked for
