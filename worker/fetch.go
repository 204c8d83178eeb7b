package worker

import (
	"context"
	"errors"
	"fmt"

	"braid/data"
	"braid/gradient"
	"braid/job"
	"braid/model"
	"braid/nn"
	"braid/plan"
	"braid/protocol"
	"braid/transport"
	"braid/worker/session"
)

// prepared is everything that a manifest names, ready to compute.
type prepared struct {
	manifest string // hash
	job      *job.Job
	hash     string // of the job, computed here
	sets     []data.Set
	plan     *plan.Planner
	step     plan.Step    // the newest order's; belongs to the engine's goroutine
	params   *nn.ParamSet // belongs to the engine's goroutine
	engine   *model.Engine
	shape    gradient.Shape
	travels  gradient.Precision // of gradients, and of what is added to parameters
	patcher  gradient.Patcher   // belongs to the engine's goroutine
	changed  []bool             // by group, since the last pack; belongs to the engine's goroutine
}

// blobError says which blob could not be fetched.
type blobError struct {
	hash string
	error
}

func (e *blobError) Unwrap() error { return e.error }

// notFetched is the event of a failed fetch.
func notFetched(err error) session.NotFetched {
	var blob *blobError
	if errors.As(err, &blob) {
		return session.NotFetched{Hash: blob.hash, Why: err}
	}
	return session.NotFetched{Why: err}
}

// fetch gets what a Welcome names.
func fetch(ctx context.Context, conn *transport.Conn, c Config, w protocol.Welcome) (*prepared, error) {
	store, err := conn.OpenStore(ctx, c.Fleet)
	if err != nil {
		return nil, err
	}
	text, err := store.Small(ctx, w.Manifest, protocol.MaxManifest)
	if err != nil {
		return nil, &blobError{w.Manifest, err}
	}
	manifest, err := protocol.ParseManifest(text)
	if err != nil {
		return nil, err
	}
	blobs := cache{c.Cache}
	get := func(name string, into func([]byte) error) error {
		item, ok := manifest.Find(name)
		if !ok {
			return fmt.Errorf("the manifest names no %s", name)
		}
		b, err := blobs.get(ctx, store, item)
		if err != nil {
			return &blobError{item.Hash, fmt.Errorf("%s: %w", name, err)}
		}
		if err := into(b); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	}
	p := &prepared{manifest: w.Manifest}
	if err := get("job", func(b []byte) (err error) { p.job, err = job.Parse("job.yaml", b, nil); return err }); err != nil {
		return nil, err
	}
	p.hash = p.job.Hash()
	d, err := p.fetchData(manifest, get)
	if err != nil {
		return nil, err
	}
	return p, p.build(d, c.Threads)
}

// fetchData gets vocabulary, labels and every split that there is.
func (p *prepared) fetchData(m protocol.Manifest, get func(string, func([]byte) error) error) (*data.Prepared, error) {
	d := &data.Prepared{Vocab: new(data.Vocab), Labels: make([]*data.Labels, len(p.job.Tasks)), Sets: make([]data.Set, len(p.job.Data))}
	if err := get("vocab", d.Vocab.UnmarshalBinary); err != nil {
		return nil, err
	}
	for t := range d.Labels {
		if _, ok := m.Find(protocol.LabelsItem(t)); !ok {
			continue
		}
		d.Labels[t] = new(data.Labels)
		if err := get(protocol.LabelsItem(t), d.Labels[t].UnmarshalBinary); err != nil {
			return nil, err
		}
	}
	for s := range d.Sets {
		set := &d.Sets[s]
		set.Name = p.job.Data[s].Name
		for _, split := range job.Splits {
			name := protocol.CorpusItem(s, string(split))
			if _, ok := m.Find(name); !ok {
				continue
			}
			corpus := new(data.Corpus)
			if err := get(name, corpus.UnmarshalBinary); err != nil {
				return nil, err
			}
			*set.At(split) = corpus
		}
	}
	return d, nil
}

// build makes plan, engine and room for the parameters, which the coordinator sends before any order.
func (p *prepared) build(d *data.Prepared, threads int) error {
	p.sets = d.Sets
	tasks, sets := d.Sizes()
	var err error
	if p.plan, err = plan.New(p.job, plan.Sizes{Tasks: tasks, Sets: sets}); err != nil {
		return err
	}
	arch := model.New(model.Spec{Job: p.job, Words: d.Vocab.Len(), Unknown: d.Vocab.Unknowns(), Labels: d.Labels})
	p.params, p.engine = arch.NewParams(), model.NewEngine(arch, threads)
	p.shape, p.travels = arch.Shape(), gradient.ParsePrecision(p.job.Training.Precision)
	p.changed = make([]bool, len(p.shape.Dense))
	p.patcher = gradient.Patcher{Shape: &p.shape, Groups: func(group int) []float32 {
		p.changed[group] = true
		return p.params.Groups[group].Data
	}}
	return nil
}
