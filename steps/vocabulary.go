package steps

import (
	"regexp"
	"slices"
	"sync"

	"github.com/cucumber/godog"

	"graphpact/internal/result"
	"graphpact/internal/scenario"
)

// bindings are the step definitions of one world: sentence to function.
type bindings map[string]any

// register gives godog the bindings that the case needs: giving it all, for
// each scenario, would be most of the work of a run. The sentences are compiled once
// a process.
func (b bindings) register(sc *godog.ScenarioContext, c scenario.Case) {
	for sentence, fn := range b {
		re := compiled(sentence)
		if slices.ContainsFunc(c.Steps, func(s result.Step) bool { return re.MatchString(s.Text) }) {
			sc.Step(re, fn)
		}
	}
}

var patterns sync.Map // sentence to *regexp.Regexp

func compiled(sentence string) *regexp.Regexp {
	if re, ok := patterns.Load(sentence); ok {
		return re.(*regexp.Regexp)
	}
	re := regexp.MustCompile(sentence)
	patterns.Store(sentence, re)
	return re
}

// The sentences that a feature file may use. A live world plays them against the
// target; the sentences of @pact scenarios are also played by a pact world, which
// writes down what the consumer expects.
const (
	givenEntity       = `^the entity$`
	givenEntityOther  = `^the entity with ([^ ]+) other than "([^"]*)"$`
	givenAsksToken    = `^the endpoint asks for a token$`
	givenNoSuchEntity = `^no entity with another (.+)$`
	givenETag         = `^the entity has an ETag$`
	givenUpdatedSince = `^the entity has been updated since$`
	givenDiffers      = `^the entity differs from its first state$`

	whenSet            = `^the client sets ([^ ]+) to "([^"]*)"$`
	whenUpdate         = `^the client makes a documented update$`
	whenAnother        = `^the client makes another documented update$`
	whenSetOnly        = `^the client sets only ([^ ]+)$`
	whenForged         = `^the client sends another value for ([^ ]+), which only the server sets$`
	whenEmpty          = `^the client sends an empty object$`
	whenRepeat         = `^the client repeats the same update$`
	whenTwoAtOnce      = `^two clients send different updates at once$`
	whenSentinel       = `^the client sets ([^ ]+) to the sentinel of its enum$`
	whenOutsideEnum    = `^the client sets ([^ ]+) to a value outside its enum$`
	whenWrongCase      = `^the client sets ([^ ]+) to a documented value in the wrong case$`
	whenWrongType      = `^the client sets ([^ ]+) to a value of the wrong JSON type$`
	whenOutsideLimit   = `^the client sets ([^ ]+) to a value just outside of its stated limit, ([A-Za-z]+)$`
	whenSetMember      = `^the client sets one member of ([^ ]+)$`
	whenUnknown        = `^the client sends a property that the page does not name, behind a documented update$`
	whenMalformed      = `^the client sends malformed JSON$`
	whenMediaType      = `^the client sends a documented update as "([^"]*)"$`
	whenNoAuth         = `^the client makes a documented update without an Authorization header$`
	whenBadToken       = `^the client makes a documented update with a token that nobody issued$`
	whenExpiredToken   = `^the client makes a documented update with a token that has expired$`
	whenOtherEntity    = `^the client updates the entity with that other (.+)$`
	whenAnnotation     = `^the client makes a documented update with an unknown instance annotation$`
	whenOldETag        = `^the client makes a documented update with the old ETag as If-Match$`
	whenCurrentETag    = `^the client makes a documented update with the current ETag as If-Match$`
	whenAnsweredETag   = `^the client updates it again with the ETag of the response as If-Match$`
	whenPreference     = `^the client makes a documented update with the preference "([^"]*)"$`
	whenClientRequest  = `^the client makes a documented update with a client-request-id$`
	whenRead           = `^the client reads the entity(?: again)?$`
	whenReadOther      = `^the client reads an entity with another (.+), which nobody made$`
	whenReadNoAuth     = `^the client reads the entity without an Authorization header$`
	whenReadBadToken   = `^the client reads the entity with a token that nobody issued$`
	whenReadKnown      = `^the client reads the entity with the current ETag as If-None-Match$`
	thenStatus         = `^the response has the documented status$`
	thenSucceeds       = `^the update succeeds$`
	thenSucceedsBody   = `^the update succeeds with a body$`
	thenBothSucceed    = `^both updates succeed$`
	thenAtLeastOne     = `^at least one update succeeds and the other succeeds or reports a conflict$`
	thenEither         = `^the update succeeds or is refused$`
	thenRefused        = `^the update is refused$`
	thenRefusedOrMeant = `^the update is refused and nothing has changed, or ([^ ]+) has the documented value$`
	thenRefusalNothing = `^a refusal has changed nothing$`
	thenMembersSame    = `^every other member of ([^ ]+) is as it was$`
	thenMediaRefused   = `^the media type is refused$`
	then401            = `^the response is 401 with WWW-Authenticate$`
	then404            = `^the response is 404 with a Graph error body$`
	then412            = `^the response is 412$`
	thenErrorBody      = `^the response has a Graph error body$`
	thenSchema         = `^the response body matches the response schema$`
	thenMediaType      = `^the response has the documented media type$`
	thenCharset        = `^the charset of the response, where it names one, is UTF-8$`
	thenBodyShows      = `^the response body shows ([^ ]+) as "([^"]*)"$`
	thenGetShows       = `^a following GET shows ([^ ]+) as "([^"]*)"$`
	thenGetShowsSent   = `^a following GET shows ([^ ]+) as sent$`
	thenGetShowsUpdate = `^a following GET shows the update$`
	thenNextGetShows   = `^the GET after that shows the update$`
	thenTookEffect     = `^the update took effect, or this shows nothing$`
	thenGetNotForged   = `^a following GET does not show the value sent for ([^ ]+)$`
	thenGetUnchanged   = `^a following GET shows ([^ ]+) unchanged$`
	thenKeyInBody      = `^the key in the response body is the entity's$`
	thenKeyUnchanged   = `^a following GET shows the key unchanged$`
	thenModifiedValid  = `^the date of the last modification is a valid DateTimeOffset$`
	thenModifiedMoved  = `^the date of the last modification has moved forward$`
	thenModifiedNear   = `^the date of the last modification lies within (\d+) seconds of the Date header$`
	thenCreatedSame    = `^the date of creation has not changed$`
	thenOthersSame     = `^every other property is as it was, but for the date of the last modification$`
	thenAllSame        = `^every property is as it was, but for the date of the last modification$`
	thenBodyEqualsGet  = `^the response body equals a following GET, annotations aside$`
	thenSecondSame     = `^the second left every property as the first did, but for the date of the last modification$`
	thenOneOfTwo       = `^a following GET shows what one of the successful updates asked for$`
	thenNothingChanged = `^nothing has changed$`
	thenStillAbsent    = `^that other entity does not exist afterwards$`
	thenRead           = `^the response is 200 with an object$`
	thenReadOr304      = `^the response is 304, or 200 with an object$`
	thenJSON           = `^the response is labelled as JSON$`
	thenReadsSame      = `^both responses show the same entity$`
	thenKeyOfPath      = `^the key in the response body is the one in the path$`
	thenPreferMinimal  = `^the preference for a minimal response is honoured or ignored$`
	thenReadsInTime    = `^no read of the run was late$`
	thenRequestID      = `^the response carries a request-id$`
	thenEchoesID       = `^the response echoes the client-request-id$`
)
