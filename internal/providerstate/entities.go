package providerstate

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/entity"
	"graphpact/internal/pact"
	"graphpact/internal/restore"
	"graphpact/internal/schema"
	"graphpact/internal/transport"
)

// Entities sets up graphpact's own states on an endpoint that has one entity to test each
// Operation with. The ids in a pact are made up, so that requests are led to that entity;
// its values are set by the documented update alone. The Keeper restores what it held
// before.
type Entities struct {
	// Shared gives an entity to all callers of SetUpEntity at once: for a server that has
	// no state.
	Shared bool

	client   *client.Client
	entities []Entity
	turn     turn
}

// Entity is the entity to test an Operation with.
type Entity struct {
	Operation *contract.Operation
	Params    map[string]string
	// Keeper is for SetUp alone, and may be nil where it is not called.
	Keeper *restore.Keeper
}

// NewEntities makes the States of an endpoint with these entities.
func NewEntities(client *client.Client, entities ...Entity) *Entities {
	return &Entities{client: client, entities: entities, turn: newTurn()}
}

// SetUpEntity gives the entity as it is; callers take turns.
func (e *Entities) SetUpEntity(ctx context.Context, op *contract.Operation) (map[string]string, func() error, error) {
	params := e.of(op).Params
	if e.Shared {
		return params, nothing, nil
	}
	return inTurn(ctx, e.turn, params)
}

func (e *Entities) of(op *contract.Operation) Entity {
	return e.entities[slices.IndexFunc(e.entities, func(en Entity) bool { return en.Operation == op })]
}

// SetUp leads the pact's ids to the entity and brings it to the values of the states.
// Nothing is torn down: the first state is restored once, at the end of the run.
func (e *Entities) SetUp(ctx context.Context, _ string, states []pact.State) (*Setup, error) {
	setup := &Setup{Paths: map[string]string{}}
	setup.Before = append(setup.Before, e.only(setup.Paths))
	for _, s := range states {
		state, err := parse(s, e.operations())
		if err == nil {
			err = e.setUp(ctx, state, setup)
		}
		if err != nil {
			return setup, fmt.Errorf("the provider state %q cannot be set up: %w", s.Name, err)
		}
	}
	return setup, nil
}

// only refuses requests that change what could not be restored: all but the documented
// update of an entity at one of the paths, and reading. Pacts are made by others, and the
// endpoint holds somebody's data.
func (e *Entities) only(paths map[string]string) func(client.Request) error {
	return func(r client.Request) error {
		if slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodOptions}, r.Method) {
			return nil
		}
		at, _, _ := strings.Cut(r.Path, "?")
		documented := slices.ContainsFunc(e.operations(), func(op *contract.Operation) bool { return op.Method.Value == r.Method })
		if documented && slices.Contains(slices.Collect(maps.Values(paths)), at) {
			return nil
		}
		return fmt.Errorf("%s %s is not sent: only the documented update of the entity that was named for the states can be restored; for other writes name the provider's own state endpoint", r.Method, at)
	}
}

func (e *Entities) operations() []*contract.Operation {
	ops := make([]*contract.Operation, len(e.entities))
	for i, en := range e.entities {
		ops[i] = en.Operation
	}
	return ops
}

func (e *Entities) setUp(ctx context.Context, state *entityState, setup *Setup) error {
	own := e.of(state.op)
	params := own.Params
	if !state.exists {
		params = absent(state, own.Params)
	}
	template := state.op.Path.Template
	from, err := client.Expand(template, state.params)
	if err != nil {
		return err
	}
	to, err := client.Expand(template, params)
	if err != nil {
		return err
	}
	setup.Paths[from] = to
	subject := &entity.Subject{Client: e.client, Op: state.op, Path: to}
	if !state.exists {
		return e.expectAbsent(ctx, subject, setup)
	}
	return e.bring(ctx, subject, own.Keeper, state, setup)
}

// absent gives path parameters at which the endpoint has nothing: made up from the
// entity's own for those that are not the examples in the pact, and else for the last.
func absent(state *entityState, own map[string]string) map[string]string {
	params := maps.Clone(own)
	changed := false
	for name, v := range state.params {
		if v != state.op.PathID(name) && v != contract.ExampleID(name) { // the second in older pacts
			params[name], changed = contract.Absent(own[name]), true
		}
	}
	if all := state.op.Path.Params; !changed && len(all) > 0 {
		last := all[len(all)-1].Name
		params[last] = contract.Absent(own[last])
	}
	return params
}

func (e *Entities) expectAbsent(ctx context.Context, subject *entity.Subject, setup *Setup) error {
	ex := setup.add(e.client, subject.Read(ctx, "make sure that the entity does not exist").Exchange)
	switch {
	case ex.Err != nil:
		return ex.Err
	case ex.Status != http.StatusNotFound:
		return fmt.Errorf("GET of an entity that nobody made answers %d instead of 404", ex.Status)
	}
	return nil
}

// bring sets the values that the entity does not have yet, and makes sure that it has
// them then.
func (e *Entities) bring(ctx context.Context, subject *entity.Subject, keeper *restore.Keeper, state *entityState, setup *Setup) error {
	now, err := e.readState(ctx, subject, setup)
	if err != nil {
		return err
	}
	keeper.Remember(subject.Path, now)
	setup.Before = append(setup.Before, touch(keeper, subject.Path))
	patch := different(state.values, now)
	if len(patch) == 0 {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(patch)) {
		if p, _ := state.op.Property(name); !p.Settable() {
			return fmt.Errorf("%s is %s and must be %s, and the page lets no client set it", name, schema.Show(now[name]), schema.Show(patch[name]))
		}
	}
	if err := keeper.Touched(subject.Path, patch); err != nil {
		return err
	}
	ex := setup.add(e.client, subject.Update(ctx, "bring the entity to the provider state", patch).Exchange)
	keeper.Answered(ex)
	switch {
	case ex.Err != nil:
		return ex.Err
	case ex.Status/100 != 2:
		return fmt.Errorf("%s answers %s", ex.Method, transport.Status(ex.Status))
	}
	if now, err = e.readState(ctx, subject, setup); err != nil {
		return err
	}
	if left := different(state.values, now); len(left) > 0 {
		return fmt.Errorf("after the update the entity still has another %v", slices.Sorted(maps.Keys(left)))
	}
	return nil
}

// touch reports to the keeper which properties of the entity at the path a request of the
// interaction names.
func touch(keeper *restore.Keeper, path string) func(client.Request) error {
	return func(r client.Request) error {
		at, _, _ := strings.Cut(r.Path, "?")
		if r.Method == http.MethodGet || r.Method == http.MethodHead || at != path {
			return nil
		}
		body, _ := client.DecodeObject(r.Body) // what is no object names no property
		return keeper.Touched(path, body)
	}
}

func (e *Entities) readState(ctx context.Context, subject *entity.Subject, setup *Setup) (map[string]any, error) {
	res := subject.Read(ctx, "read the entity")
	setup.add(e.client, res.Exchange)
	switch {
	case res.Err != nil:
		return nil, res.Err
	case res.Status != http.StatusOK || res.BodyErr != nil:
		return nil, fmt.Errorf("GET of the entity answers %d and not the entity", res.Status)
	}
	return res.Object, nil
}

// different gives the wanted values that the entity does not have.
func different(wanted, now map[string]any) map[string]any {
	out := map[string]any{}
	for name, v := range wanted {
		if is, has := now[name]; !has || !schema.Equal(v, is) {
			out[name] = v
		}
	}
	return out
}
