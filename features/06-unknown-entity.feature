Feature: An update of something that does not exist creates nothing

  @req:UPD-24 @must @source:convention @rule:no-upsert @pact @needs-get
  Scenario Outline: an unknown <parameter> gets 404
    Given the entity
    And no entity with another <parameter>
    When the client updates the entity with that other <parameter>
    Then the response is 404 with a Graph error body
    And that other entity does not exist afterwards
    And nothing has changed

    @from-page
    Examples: each path parameter
      | parameter |
