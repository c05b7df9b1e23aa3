Feature: A wrong update is refused and changes nothing

  A refusal is 400 or 422 with a Graph error body. A server that says no must not
  have done half of it.

  @req:UPD-15 @must @source:convention @rule:evolvable-enum @needs-get
  Scenario Outline: the sentinel of the enum is never set: <property>
    Given the entity
    When the client sets <property> to the sentinel of its enum
    Then the update succeeds or is refused
    And a following GET shows <property> unchanged

    @from-page
    Examples: each settable enum with a sentinel
      | property |

  @req:UPD-16 @must @source:convention @rule:enum-member
  Scenario Outline: a value that the page does not document is refused: <property>
    Given the entity
    When the client sets <property> to a value outside its enum
    Then the update is refused
    And the response has a Graph error body
    And nothing has changed

    @from-page
    Examples: each settable enum property
      | property |

  @req:UPD-17 @must @source:convention @rule:enum-case
  Scenario Outline: a documented value in the wrong case is refused, or taken for that value: <property>
    Given the entity
    When the client sets <property> to a documented value in the wrong case
    Then the update is refused and nothing has changed, or <property> has the documented value

    @from-page
    Examples: each settable enum property
      | property |

  @req:UPD-18 @must @source:convention @rule:json-type
  Scenario Outline: a value of the wrong JSON type is refused: <property>
    Given the entity
    When the client sets <property> to a value of the wrong JSON type
    Then the update is refused
    And the response has a Graph error body
    And nothing has changed

    @from-page
    Examples: each settable property
      | property |

  # A page says what a client may send. Many services take more, which harms no client that keeps
  # to the page: a SHOULD. That a refusal changes nothing is asked of any server.
  @req:UPD-46 @should @source:doc @fact:bounds @rule:stated-bounds
  Scenario Outline: a value just outside of what the page states is refused: <property>, <limit>
    Given the entity
    When the client sets <property> to a value just outside of its stated limit, <limit>
    Then the update is refused
    And the response has a Graph error body
    And nothing has changed

    @from-page
    Examples: each limit that the page states
      | property | limit |

  @req:UPD-47 @must @source:convention @rule:refusal-atomic @needs-get
  Scenario Outline: a value just outside of what the page states changes nothing where it is refused: <property>, <limit>
    Given the entity
    When the client sets <property> to a value just outside of its stated limit, <limit>
    Then the update succeeds or is refused
    And a refusal has changed nothing

    @from-page
    Examples: each limit that the page states
      | property | limit |

  @req:UPD-19 @must @source:convention @rule:unknown-property
  Scenario: a property that the type does not have is refused
    Given the entity
    When the client sends a property that the page does not name, behind a documented update
    Then the update is refused
    And the response has a Graph error body
    And nothing has changed

  @req:UPD-20 @must @source:convention @rule:malformed-json
  Scenario: malformed JSON is refused
    Given the entity
    When the client sends malformed JSON
    Then the update is refused
    And the response has a Graph error body
    And nothing has changed

  @req:UPD-21 @should @source:convention @rule:media-type
  Scenario: a wrong media type is refused
    Given the entity
    When the client sends a documented update as "text/plain"
    Then the media type is refused
    And nothing has changed
