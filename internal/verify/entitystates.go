package verify

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"graphpact/internal/client"
	"graphpact/internal/contract"
	"graphpact/internal/entity"
	"graphpact/internal/restore"
	"graphpact/internal/schema"
)

// EntityStates sets up graphpact's own states on an endpoint that has one entity to
// test with. The ids in a pact are made up, so that requests are led to that entity;
// its values are set by the documented update alone. What it held before is for the
// Keeper to put back.
type EntityStates struct {
	Client *client.Client
	// Entities are what the states may use.
	Entities []Entity
}

// Entity is the entity to test an Operation with.
type Entity struct {
	Operation *contract.Operation
	Params    map[string]string
	Keeper    *restore.Keeper
}

// SetUp leads the pact's ids to the entity and brings it to the values of the states.
func (e *EntityStates) SetUp(ctx context.Context, i Interaction) (*Situation, error) {
	sit := &Situation{Paths: map[string]string{}}
	sit.Before = append(sit.Before, e.only(sit.Paths))
	for _, s := range i.States {
		what, err := read(s, e.operations())
		if err == nil {
			err = e.setUp(ctx, what, sit)
		}
		if err != nil {
			return sit, fmt.Errorf("the provider state %q cannot be set up: %w", s.Name, err)
		}
	}
	return sit, nil
}

// only keeps from being sent what nobody could put back: all that is no documented update
// of an entity at one of the paths, and no reading. Pacts are made by others, and the
// endpoint holds somebody's data.
func (e *EntityStates) only(paths map[string]string) func(client.Request) error {
	return func(r client.Request) error {
		if slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodOptions}, r.Method) {
			return nil
		}
		at, _, _ := strings.Cut(r.Path, "?")
		documented := slices.ContainsFunc(e.operations(), func(op *contract.Operation) bool { return op.Method.Value == r.Method })
		for _, own := range paths {
			if documented && at == own {
				return nil
			}
		}
		return fmt.Errorf("%s %s is not sent: only the documented update of the entity that was named for the states can be put back; for other writes name the provider's own state endpoint", r.Method, at)
	}
}

// TearDown leaves everything: the first state is put back once, at the end of the run.
func (e *EntityStates) TearDown(context.Context, Interaction) (*Situation, error) {
	return &Situation{}, nil
}

func (e *EntityStates) operations() []*contract.Operation {
	ops := make([]*contract.Operation, len(e.Entities))
	for i, en := range e.Entities {
		ops[i] = en.Operation
	}
	return ops
}

func (e *EntityStates) setUp(ctx context.Context, what *meaning, sit *Situation) error {
	own := e.Entities[slices.IndexFunc(e.Entities, func(en Entity) bool { return en.Operation == what.op })]
	params := own.Params
	if !what.exists {
		params = absent(what, own.Params)
	}
	template := what.op.Path.Template
	from, err := client.Expand(template, what.params)
	if err != nil {
		return err
	}
	to, err := client.Expand(template, params)
	if err != nil {
		return err
	}
	sit.Paths[from] = to
	subject := &entity.Subject{Client: e.Client, Op: what.op, Path: to}
	if !what.exists {
		return e.expectAbsent(ctx, subject, sit)
	}
	return e.bring(ctx, subject, own.Keeper, what, sit)
}

// absent gives path parameters at which the endpoint has nothing: those that the pact
// has made up for this are made up from the entity's own. A pact says by another id
// than the example's which ones they are.
func absent(what *meaning, own map[string]string) map[string]string {
	params := maps.Clone(own)
	changed := false
	for name, v := range what.params {
		if v != contract.ExampleID(name) {
			params[name], changed = contract.Absent(own[name]), true
		}
	}
	if all := what.op.Path.Params; !changed && len(all) > 0 {
		last := all[len(all)-1].Name
		params[last] = contract.Absent(own[last])
	}
	return params
}

func (e *EntityStates) expectAbsent(ctx context.Context, subject *entity.Subject, sit *Situation) error {
	ex := sit.add(e.Client, subject.Read(ctx, "make sure that the entity does not exist").Exchange)
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
func (e *EntityStates) bring(ctx context.Context, subject *entity.Subject, keeper *restore.Keeper, what *meaning, sit *Situation) error {
	now, err := e.readState(ctx, subject, sit)
	if err != nil {
		return err
	}
	keeper.Remember(subject.Path, now)
	sit.Before = append(sit.Before, touch(keeper, subject.Path))
	patch := different(what.values, now)
	if len(patch) == 0 {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(patch)) {
		if p, _ := what.op.Property(name); !p.Settable() {
			return fmt.Errorf("%s is %s and must be %s, and the page lets no client set it", name, schema.Show(now[name]), schema.Show(patch[name]))
		}
	}
	if err := keeper.Touched(subject.Path, slices.Collect(maps.Keys(patch))...); err != nil {
		return err
	}
	ex := sit.add(e.Client, subject.Update(ctx, "bring the entity to the provider state", patch).Exchange)
	switch {
	case ex.Err != nil:
		return ex.Err
	case ex.Status/100 != 2:
		return fmt.Errorf("%s answers %d %s", ex.Method, ex.Status, http.StatusText(ex.Status))
	}
	if now, err = e.readState(ctx, subject, sit); err != nil {
		return err
	}
	if left := different(what.values, now); len(left) > 0 {
		return fmt.Errorf("after the update the entity still has another %v", slices.Sorted(maps.Keys(left)))
	}
	return nil
}

// touch tells the keeper of the entity at the path which properties a request of the
// interaction names.
func touch(keeper *restore.Keeper, path string) func(client.Request) error {
	return func(r client.Request) error {
		at, _, _ := strings.Cut(r.Path, "?")
		if r.Method == http.MethodGet || r.Method == http.MethodHead || at != path {
			return nil
		}
		var body map[string]json.RawMessage
		_ = json.Unmarshal(r.Body, &body) // what is no object names no property
		return keeper.Touched(path, slices.Collect(maps.Keys(body))...)
	}
}

func (e *EntityStates) readState(ctx context.Context, subject *entity.Subject, sit *Situation) (map[string]any, error) {
	res := subject.Read(ctx, "read the entity")
	sit.add(e.Client, res.Exchange)
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
