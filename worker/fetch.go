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

// jobState is everything that a manifest names, ready to compute.
type jobState struct {
	manifest string // hash
	job      *job.Job
	hash     string // of the job, computed here
	sets     []data.Set
	plan     *plan.Planner
	step     plan.Step    // the newest order's; of the computer's goroutine
	params   *nn.ParamSet // of the computer's goroutine
	engine   *model.Engine
	shape    gradient.Shape     // of parameters
	ranged   []bool             // by slot of a gradient: it is sent range by range
	travels  gradient.Precision // of gradients, and of increments of parameters
	patcher  gradient.Patcher   // of the computer's goroutine
	changed  []bool             // by group, since the last pack; of the computer's goroutine
}

// blobError is the error of a blob that could not be fetched.
type blobError struct {
	hash string
	error
}

func (e *blobError) Unwrap() error { return e.error }

// notFetched makes the event of a failed fetch.
func notFetched(err error) session.NotFetched {
	var blob *blobError
	if errors.As(err, &blob) {
		return session.NotFetched{Hash: blob.hash, Why: err}
	}
	return session.NotFetched{Why: err}
}

// getter fetches an item by name and passes it to a function.
type getter func(name string, into func([]byte) error) error

// fetch gets all items of the job that a Welcome names.
func fetch(ctx context.Context, conn *transport.Conn, c Config, w protocol.Welcome) (*jobState, error) {
	store, err := conn.OpenStore(ctx, c.Fleet)
	if err != nil {
		return nil, err
	}
	j, manifest, get, err := fetchJob(ctx, store, c, w.Manifest)
	if err != nil {
		return nil, err
	}
	d, err := j.fetchData(manifest, get)
	if err != nil {
		return nil, err
	}
	return j, j.build(d, c.Threads)
}

// fetchJob gets a manifest and the job that it names, and returns a getter of the other items.
func fetchJob(ctx context.Context, store *transport.Store, c Config, hash string) (*jobState, protocol.Manifest, getter,
	error) {
	text, err := store.Small(ctx, hash, protocol.MaxManifest)
	if err != nil {
		return nil, nil, nil, &blobError{hash, err}
	}
	manifest, err := protocol.ParseManifest(text)
	if err != nil {
		return nil, nil, nil, err
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
	j := &jobState{manifest: hash}
	parse := func(b []byte) (err error) { j.job, err = job.Parse("job.yaml", b, nil); return err }
	if err := get("job", parse); err != nil {
		return nil, nil, nil, err
	}
	j.hash = j.job.Hash()
	return j, manifest, get, nil
}

// fetchData gets the vocabulary, labels and splits that the manifest lists.
func (j *jobState) fetchData(m protocol.Manifest, get getter) (*data.Prepared, error) {
	d := &data.Prepared{Vocab: new(data.Vocab), Labels: make([]*data.Labels, len(j.job.Tasks)),
		Sets: make([]data.Set, len(j.job.Data))}
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
		set.Name = j.job.Data[s].Name
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

// check returns an error if the vocabulary is not that of the job's encoder, or a split not of the vocabulary.
func check(j *job.Job, d *data.Prepared) error {
	if err := d.Vocab.Check(j.Encoder); err != nil {
		return err
	}
	for s := range d.Sets {
		for _, split := range job.Splits {
			if c := d.Sets[s].Split(split); c != nil {
				if err := c.Check(d.Vocab); err != nil {
					return fmt.Errorf("%s of %s: %w", split, d.Sets[s].Name, err)
				}
			}
		}
	}
	return nil
}

// build makes plan, engine and room for the parameters, which the coordinator sends before any order.
func (j *jobState) build(d *data.Prepared, threads int) error {
	if err := check(j.job, d); err != nil {
		return err
	}
	j.sets = d.Sets
	tasks, sets := d.Sizes()
	var err error
	if j.plan, err = plan.New(j.job, plan.Sizes{Tasks: tasks, Sets: sets}); err != nil {
		return err
	}
	arch, err := model.New(model.Spec{Job: j.job, Words: d.Vocab.Len(), Unknown: d.Vocab.Unknowns(),
		Frozen: d.Vocab.Len() - d.Vocab.Trained(), Given: d.Vocab.Given(), Labels: d.Labels, Input: d.Vocab.Input})
	if err != nil {
		return err
	}
	j.params, j.engine = arch.NewParams(), model.NewEngine(arch, threads)
	j.shape, j.travels = arch.ParamShape(), gradient.ParsePrecision(j.job.Training.Precision)
	j.changed, j.ranged = make([]bool, len(j.params.Groups)), make([]bool, len(arch.Shape().Slots))
	for _, r := range arch.Ranges() {
		j.ranged[r.Slot] = true
	}
	j.patcher = gradient.Patcher{Shape: &j.shape, Groups: func(group int) []float32 {
		j.changed[group] = true
		return j.params.Groups[group].Data
	}}
	return nil
}
