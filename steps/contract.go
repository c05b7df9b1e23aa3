package steps

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/cucumber/godog"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/convention"
	"graphpact/internal/entity"
	"graphpact/internal/pact"
	"graphpact/internal/result"
	"graphpact/internal/scenario"
	"graphpact/internal/schema"
)

// Contract is what the pact world needs to make interactions of the @pact scenarios. It sees no target: the Pact is what the page promises, whatever an
// endpoint does.
type Contract struct {
	Operation   *contract.Operation
	Conventions *convention.Set
	// Response and Error are the schemas of the success and the error body, as JSON.
	Response, Error []byte

	// response and refusal are the two, compiled.
	response, refusal *schema.Schema
}

// ConsumerTest is an interaction with the request that the consumer sends for it.
type ConsumerTest struct {
	pact.Interaction
	Send client.Request
	// body is the schema that the answer of the Pact mock server must satisfy, nil
	// where the interaction promises no body.
	body *schema.Schema
}

// ConsumerTests makes one of each @pact scenario among the cases, in order.
func (k *Contract) ConsumerTests(ctx context.Context, cases []scenario.Case) ([]ConsumerTest, error) {
	cases = slices.DeleteFunc(slices.Clone(cases), func(c scenario.Case) bool { return !c.Pact || c.Absent != "" })
	var err error
	if k.response, err = schema.Compile("the body of an update", k.Response); err != nil {
		return nil, err
	}
	if k.refusal, err = schema.Compile("the body of an error", k.Error); err != nil {
		return nil, err
	}
	var (
		tests []ConsumerTest
		errs  []error
		ended int
	)
	err = play(ctx, cases, 1, func() player {
		return &pactWorld{contract: k, done: func(test ConsumerTest, err error) {
			ended++
			switch {
			case errors.Is(err, errNothingToSet):
				// The live run skips the scenario for the same reason, and says so.
			case err != nil:
				errs = append(errs, err)
			default:
				tests = append(tests, test)
			}
		}}
	})
	if ended != len(cases) {
		errs = append(errs, fmt.Errorf("%d of %d scenarios tagged @pact became interactions", ended, len(cases)))
	}
	return tests, errors.Join(append(errs, err)...)
}

// errNothingToSet leaves a scenario out of the Pact.
var errNothingToSet = errors.New(nothingToSet)

// Run sends the request to the Pact mock server at the base URL and checks the answer.
func (t *ConsumerTest) Run(ctx context.Context, baseURL string) error {
	client, err := client.New(client.Config{BaseURL: baseURL, Token: "placeholder"})
	if err != nil {
		return err
	}
	defer client.Close()
	ex := client.Do(ctx, t.Send)
	if ex.Err != nil {
		return ex.Err
	}
	if ex.Status != t.Response.Status {
		return fmt.Errorf("the Pact mock server answered %d, expected %d", ex.Status, t.Response.Status)
	}
	if t.body == nil {
		return nil
	}
	violations, err := t.body.Validate(ex.Body)
	if err != nil {
		return fmt.Errorf("the Pact mock server's body: %w", err)
	}
	shown, _ := t.Response.Body.(map[string]any)
	for _, v := range violations {
		// The Pact leaves out what its matchers cannot express, as an object that may be
		// null (see pact.FromSchema).
		if _, ok := shown[strings.TrimPrefix(v.Pointer, "/")]; !ok && v.Keyword == "required" {
			continue
		}
		return fmt.Errorf("the Pact mock server's body breaks the schema at %q: expected %s, got %s", v.Pointer, v.Expected, v.Actual)
	}
	return nil
}

// pactWorld is the state of one scenario while its interaction is made.
type pactWorld struct {
	contract *Contract
	done     func(ConsumerTest, error)
	c        scenario.Case

	params map[string]string
	states []pact.State
	state  map[string]any // the entity that the state describes
	send   map[string]any
	test   ConsumerTest
}

func (w *pactWorld) register(sc *godog.ScenarioContext, c scenario.Case) {
	w.c = c
	none := func() error { return nil }
	bindings{
		givenEntity:       func() error { return w.entityExists(nil) },
		givenEntityOther:  w.entityWithOther,
		givenNoSuchEntity: w.noEntity,

		whenSet:         func(name, value string) error { return w.request(map[string]any{name: value}) },
		whenUpdate:      func() error { return w.update(nil) },
		whenEmpty:       func() error { return w.request(map[string]any{}) },
		whenAnnotation:  func() error { return w.update(map[string]any{unknownAnnotation: "unknown to the server"}) },
		whenOtherEntity: func(string) error { return w.update(nil) },

		thenStatus:    w.documented,
		thenSucceeds:  w.documented,
		then404:       func() error { return w.respond(http.StatusNotFound, w.contract.Error, w.contract.refusal, nil) },
		thenBodyShows: w.bodyShows,

		// What a following GET shows is another exchange, and the state of the provider
		// is not the consumer's to expect: these say nothing in the Pact.
		thenGetShows:       func(string, string) error { return nil },
		thenGetShowsUpdate: none,
		thenAllSame:        none,
		givenDiffers:       none, // the page promises the same in any state
		thenStillAbsent:    none,
		thenNothingChanged: none,
	}.register(sc, c)
}

func (w *pactWorld) ready(step *godog.Step) error {
	return inOrder(step, w.states != nil, w.send != nil)
}

// begin has nothing to do: no request is sent.
func (*pactWorld) begin(ctx context.Context, _ scenario.Case) context.Context { return ctx }

func (w *pactWorld) finish(_ context.Context, _ []result.Step, err error) {
	if err != nil {
		w.done(ConsumerTest{}, fmt.Errorf("%s cannot be made an interaction: %w", w.c.Key(), err))
		return
	}
	// A broker shows no comments: the description leads back to the requirement.
	w.test.Description = w.c.Name + " (" + w.c.ID + ")"
	w.test.States = w.states
	w.test.Requirement = w.c.Key()
	w.test.Sources = []string{w.c.Source.Ref}
	if w.c.Source.Clause != "" {
		w.test.Sources = append(w.test.Sources, w.c.Source.Clause)
	}
	w.done(w.test, nil)
}

// entityExists is the provider state: an entity with these ids, and these values
// where the scenario needs them.
func (w *pactWorld) entityExists(values map[string]any) error {
	op := w.contract.Operation
	w.params = map[string]string{}
	for _, p := range op.Path.Params {
		w.params[p.Name] = op.PathID(p.Name)
	}
	w.state = w.example()
	maps.Copy(w.state, values)
	w.provide(op.StateExists(), values)
	return nil
}

// provide asks for the provider state, with the parameters of the path and the values.
func (w *pactWorld) provide(state string, values map[string]any) {
	params := map[string]any{}
	for name, v := range w.params {
		params[name] = v
	}
	maps.Copy(params, values)
	w.states = []pact.State{{Name: state, Params: params}}
}

// example is a legal state of the entity; it is never what the Pact asks for, only
// what its matchers show.
func (w *pactWorld) example() map[string]any {
	op := w.contract.Operation
	out := map[string]any{}
	for _, p := range op.Properties {
		if p.Excluded {
			continue
		}
		v, ok := p.Other(nil)
		if !ok {
			v, ok = p.Forged(nil)
		}
		if n := len(op.Path.Params); p.Role == contract.RoleKey && n > 0 {
			v, ok = w.params[op.Path.Params[n-1].Name], true
		}
		if ok {
			out[p.Name] = v
		}
	}
	return out
}

func (w *pactWorld) entityWithOther(name, value string) error {
	p, ok := w.contract.Operation.Property(name)
	if !ok {
		return fmt.Errorf("the page has no property %s", name)
	}
	other, ok := p.Other(value)
	if !ok {
		return fmt.Errorf("the page documents no value for %s but %q", name, value)
	}
	return w.entityExists(map[string]any{name: other})
}

// noEntity makes the request go to an entity that the provider must not have. It is
// the only state: a provider that sets up several could take the ids of one for the
// other's.
func (w *pactWorld) noEntity(param string) error {
	w.params[param] = contract.Absent(w.params[param])
	w.provide(w.contract.Operation.StateAbsent(), nil)
	return nil
}

// update is a documented update with more members beside it.
func (w *pactWorld) update(more map[string]any) error {
	body, ok := w.contract.Operation.Update(w.state)
	if !ok {
		return errNothingToSet
	}
	maps.Copy(body, more)
	return w.request(body)
}

func (w *pactWorld) request(body map[string]any) error {
	op := w.contract.Operation
	body = op.Body(body)
	path, err := client.Expand(op.Path.Template, w.params)
	if err != nil {
		return err
	}
	from, err := w.pathFrom()
	if err != nil {
		return err
	}
	data, err := entity.Encode(body)
	if err != nil {
		return err
	}
	w.send = body
	mediaType := op.RequestMediaType.Value
	w.test.Request = pact.Request{
		Method: op.Method.Value, Path: path, PathFrom: from, Body: body,
		Header: map[string]any{"Authorization": pact.BearerToken(), "Content-Type": pact.JSONMediaType()},
	}
	for name, value := range op.RequiredHeaders() {
		w.test.Request.Header[name] = value
	}
	w.test.Send = client.Request{
		Purpose: "record in the Pact", Method: op.Method.Value, Path: path, Body: data,
		Header: http.Header{"Content-Type": {mediaType}}, Documented: op.RequiredHeaders(),
	}
	return nil
}

// pathFrom is the path with the names of the states' parameters in place of their values.
func (w *pactWorld) pathFrom() (string, error) {
	// Placeholders that need no escaping, and that no template has.
	marks, names := map[string]string{}, []string{}
	for i, p := range w.contract.Operation.Path.Params {
		mark := fmt.Sprintf("graphpactParameter%dEnd", i)
		marks[p.Name] = mark
		names = append(names, mark, "${"+p.Name+"}")
	}
	path, err := client.Expand(w.contract.Operation.Path.Template, marks)
	if err != nil || len(names) == 0 {
		return "", err
	}
	return strings.NewReplacer(names...).Replace(path), nil
}

// documented is the documented success response, with the body where there is one.
func (w *pactWorld) documented() error {
	op := w.contract.Operation
	if others := op.Success.Others(); others != "" {
		w.test.Notes = []string{"the page allows " + others + " too; a Pact holds one status"}
	}
	if !op.Success.Body.Value {
		w.test.Response = pact.Response{Status: op.Success.Status}
		return nil
	}
	return w.respond(op.Success.Status, w.contract.Response, w.contract.response, op.Kept(w.send, w.contract.Conventions.IsSensitive))
}

func (w *pactWorld) respond(status int, schemaJSON []byte, compiled *schema.Schema, kept map[string]any) error {
	example := maps.Clone(w.state)
	for _, p := range w.contract.Operation.Properties {
		if v, sent := w.send[p.Name]; sent {
			example[p.Name] = v
		}
	}
	body, err := pact.FromSchema(schemaJSON, example, kept)
	if err != nil {
		return err
	}
	w.test.body = compiled
	w.test.Response = pact.Response{
		Status: status, Body: body,
		Header: map[string]any{"Content-Type": pact.JSONMediaType()},
	}
	return nil
}

// bodyShows promises of the body that the property has the value just set, and the key.
// That the whole object comes back is promised once, by the scenario of the documented
// status: said for each value of a long page, it would make a failure into hundreds of them
// and the Pact a hundred times as large.
func (w *pactWorld) bodyShows(name, value string) error {
	body, ok := w.test.Response.Body.(map[string]any)
	if !ok {
		return nil // a page that promises no body
	}
	promised := map[string]any{}
	if key, ok := w.contract.Operation.WithRole(contract.RoleKey); ok && body[key.Name] != nil {
		promised[key.Name] = body[key.Name]
	}
	if body[name] != nil {
		promised[name] = pact.Regex("^"+regexp.QuoteMeta(value)+"$", value)
	}
	if len(promised) > 0 {
		w.test.Response.Body = promised
	}
	return nil
}
