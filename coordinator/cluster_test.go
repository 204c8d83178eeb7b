package coordinator_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"braid/coordinator"
	"braid/internal/await"
	"braid/job"
	"braid/protocol"
	"braid/run"
	"braid/train"
	"braid/transport"
	"braid/worker"

	"github.com/hashicorp/go-hclog"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const smallJob = `name: small
seed: 5
data:
  made: {format: jsonl, tokens: tokens, train: train.jsonl, dev: dev.jsonl, test: test.jsonl}
encoder:
  # Normalised digits and no features: one word for name3 and name5, so the best step comes early.
  word: {dim: 6, dropout: 0.1, digits: normalise, features: "off"}
  lstm: {hidden: 5, bidirectional: true, dropout: 0.1}
tasks:
  - {name: topic, kind: classification, data: made, field: topic, pooling: max}
  - {name: names, kind: tagging, data: made, field: tags, reads: [topic]}
training:
  mode: sampled
  batch: 10
  shards: 4
  steps: 40
  optimizer: {kind: adam, lr: 0.02}
  clip: 5
  evaluate_every: 10
cluster: {checkpoint_every: 7, keep: 2, min_workers: 1}
`

// makeJob writes a small job with its data and loads it.
func makeJob(t *testing.T, overrides ...string) *job.Job {
	t.Helper()
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(1, 2))
	for _, split := range []struct {
		name string
		n    int
	}{{"train", 60}, {"dev", 300}, {"test", 30}} {
		var b strings.Builder
		for range split.n {
			writeExample(&b, random)
		}
		if err := os.WriteFile(filepath.Join(dir, split.name+".jsonl"), []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return loadJob(t, dir, smallJob, overrides...)
}

// loadJob writes a job file to the directory of its data and loads it.
func loadJob(t *testing.T, dir, text string, overrides ...string) *job.Job {
	t.Helper()
	file := filepath.Join(dir, "job.yaml")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	j, err := job.Load(file, overrides...)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// writeExample writes a random sentence with names, whose words depend on its topic.
func writeExample(b *strings.Builder, random *rand.Rand) {
	topic := random.IntN(3)
	var tokens, tags []string
	for range 2 + random.IntN(7) {
		if random.IntN(4) == 0 {
			tokens, tags = append(tokens, fmt.Sprintf(`"name%d"`, random.IntN(8))), append(tags, `"B-NAME"`)
			continue
		}
		tokens, tags = append(tokens, fmt.Sprintf(`"word%d"`, topic*6+random.IntN(9))), append(tags, `"O"`)
	}
	fmt.Fprintf(b, "{\"tokens\": [%s], \"tags\": [%s], \"topic\": \"t%d\"}\n",
		strings.Join(tokens, ","), strings.Join(tags, ","), topic)
}

// local trains in this process, as the reference for every cluster.
func local(t *testing.T, j *job.Job) *run.Summary { return localIn(t, j, t.TempDir()) }

// localIn is local with a run directory.
func localIn(t *testing.T, j *job.Job, dir string) *run.Summary {
	t.Helper()
	setup, err := train.Open(t.Context(), j, nil)
	if err != nil {
		t.Fatal(err)
	}
	f := setup.Local(2)
	defer f.Close()
	s, err := train.Run(t.Context(), train.Config{Setup: setup, Fleet: f, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// bothWays trains a job in this process and on a cluster of some workers, which must give the same model. It returns
// the two run directories.
func bothWays(t *testing.T, j *job.Job, workers int) (here, there string) {
	t.Helper()
	here, there = t.TempDir(), t.TempDir()
	want := localIn(t, j, here)
	c := newCluster(t)
	for i := range workers {
		c.work(fmt.Sprint("w", i))
	}
	sameModel(t, c.lead(j, func(config *coordinator.Config) { config.Dir = there }).wait(t), want)
	return here, there
}

// cluster is a NATS server with the coordinators and workers that a test starts.
type cluster struct {
	t      *testing.T
	server *transport.Server
	log    hclog.Logger
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	s, err := transport.ListenTest(transport.TestOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	level := hclog.Error
	if testing.Verbose() {
		level = hclog.Debug
	}
	log := hclog.New(&hclog.LoggerOptions{Output: writer{t}, Level: level, TimeFormat: "05.000"})
	return &cluster{t, s, log}
}

type writer struct{ t *testing.T }

func (w writer) Write(b []byte) (int, error) { fmt.Print(string(b)); return len(b), nil }

// member is a coordinator or worker started by a test.
type member struct {
	cancel  context.CancelFunc
	done    chan struct{}
	summary *run.Summary
	err     error
}

func (m *member) wait(t *testing.T) *run.Summary {
	t.Helper()
	select {
	case <-m.done:
	case <-time.After(60 * time.Second):
		t.Fatal("hangs")
	}
	if m.err != nil {
		t.Fatal(m.err)
	}
	return m.summary
}

const (
	beat  = 100 * time.Millisecond
	lease = time.Second // short, so that a takeover does not take long
)

func (c *cluster) lead(j *job.Job, change func(*coordinator.Config)) *member {
	ctx, cancel := context.WithCancel(context.Background())
	m := &member{cancel: cancel, done: make(chan struct{})}
	config := coordinator.Config{Job: j, Dir: c.t.TempDir(), Nats: transport.Config{URL: c.server.URL()},
		Beat: beat, Lease: lease, Log: c.log.Named("C")}
	if change != nil {
		change(&config)
	}
	go func() { defer close(m.done); m.summary, m.err = coordinator.Run(ctx, config) }()
	c.t.Cleanup(func() { cancel(); <-m.done })
	return m
}

func (c *cluster) work(name string) *member {
	ctx, cancel := context.WithCancel(context.Background())
	m := &member{cancel: cancel, done: make(chan struct{})}
	config := c.workerConfig(c.server.URL(), name)
	go func() { defer close(m.done); m.err = worker.Run(ctx, config) }()
	c.t.Cleanup(func() { cancel(); <-m.done })
	return m
}

// workerConfig is the configuration of a worker that connects to url.
func (c *cluster) workerConfig(url, name string) worker.Config {
	return worker.Config{Nats: transport.Config{URL: url}, Name: name, Threads: 1, Beat: beat, Log: c.log.Named(name)}
}

func sameModel(t *testing.T, got, want *run.Summary) {
	t.Helper()
	if got.ModelSHA256 != want.ModelSHA256 || got.ModelSHA256 == "" {
		t.Errorf("model_sha256 %s, want %s", got.ModelSHA256, want.ModelSHA256)
	}
	if got.Steps != want.Steps {
		t.Errorf("%d steps, want %d", got.Steps, want.Steps)
	}
}

// A cluster of 1, 2 or 3 workers gives the bits of one process.
func TestSameModelWithAnyNumberOfWorkers(t *testing.T) {
	for mode, change := range map[string][]string{
		"sampled":      {"training.mode=sampled"},
		"joint":        {"training.mode=joint"},
		"average":      {"training.average.decay=0.9"},
		"average-bf16": {"training.average.decay=0.9", "training.precision=bf16"},
	} {
		j := makeJob(t, change...)
		want := local(t, j)
		for workers := 1; workers <= 3; workers++ {
			t.Run(fmt.Sprintf("%s-%d", mode, workers), func(t *testing.T) {
				c := newCluster(t)
				var members []*member
				for i := range workers {
					members = append(members, c.work(fmt.Sprintf("w%d", i)))
				}
				j := *j
				j.Cluster.MinWorkers = workers
				sameModel(t, c.lead(&j, nil).wait(t), want)
				for _, m := range members {
					m.wait(t) // a worker must end without an error
				}
			})
		}
	}
}

// Workers train with pretrained vectors, whose initial values come from the coordinator.
func TestSameModelWithVectors(t *testing.T) {
	for _, vectors := range []string{"tuned", "frozen"} {
		t.Run(vectors, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "vectors.txt")
			const text = "word2 1 2 3 -1 0 1\nword4 0 1 -2 3 1 0\nname0 1 1 0 0 2 1\nother 1 1 1 2 2 2\n"
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			update := "dense"
			if vectors == "tuned" {
				update = "sparse"
			}
			j := makeJob(t, "encoder.word.vectors.file="+file, "encoder.word.vectors.update="+vectors,
				"encoder.word.digits=keep", "encoder.word.update="+update)
			want := local(t, j)
			c := newCluster(t)
			c.work("w0")
			c.work("w1")
			sameModel(t, c.lead(j, nil).wait(t), want)
		})
	}
}

// follow returns a change of a coordinator's configuration, and a channel that is closed when the
// coordinator reaches a step.
func (c *cluster) follow(step uint64) (func(*coordinator.Config), <-chan struct{}) {
	reached := make(chan struct{})
	closed := false
	return func(config *coordinator.Config) {
		config.Events = func(e train.Event) {
			if s, ok := e.(train.Stepped); ok && s.Step == step && !closed {
				closed = true
				close(reached)
			}
		}
	}, reached
}

// within waits for a channel to be closed.
func within(t *testing.T, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(await.Limit):
		t.Fatal("hangs")
	}
}

const longer = "training.steps=400"

// One worker disconnects during the run, one joins late, one is stopped.
func TestSameModelWhenWorkersComeAndGo(t *testing.T) {
	j := makeJob(t, longer)
	want := local(t, j)
	c := newCluster(t)
	change, reached := c.follow(60)
	first, second := c.cut("w1"), c.work("w2")
	lead := c.lead(j, change)
	within(t, reached)
	first.cancel() // cuts its connection
	third := c.work("w3")
	second.cancel() // drains
	second.wait(t)
	sameModel(t, lead.wait(t), want)
	third.wait(t)
}

// cut starts a worker behind its own relay; cancel cuts the relay.
func (c *cluster) cut(name string) *member {
	relay := newRelay(c.t, c.server.URL())
	ctx, cancel := context.WithCancel(context.Background())
	m := &member{cancel: relay.cut, done: make(chan struct{})}
	config := c.workerConfig(relay.url, name)
	config.Grace = time.Millisecond
	go func() { defer close(m.done); m.err = worker.Run(ctx, config) }()
	c.t.Cleanup(func() { cancel(); <-m.done })
	return m
}

// A worker's link freezes for some time: the worker is silent but connected, then sends old answers.
func TestSameModelWhenAWorkerFreezes(t *testing.T) {
	j := makeJob(t, longer)
	want := local(t, j)
	c := newCluster(t)
	change, reached := c.follow(60)
	relay := newRelay(t, c.server.URL())
	ctx, cancel := context.WithCancel(context.Background())
	frozen := &member{cancel: cancel, done: make(chan struct{})}
	config := c.workerConfig(relay.url, "frozen")
	go func() { defer close(frozen.done); frozen.err = worker.Run(ctx, config) }()
	t.Cleanup(func() { cancel(); <-frozen.done })
	c.work("w1")
	lead := c.lead(j, change)
	within(t, reached)
	relay.freeze()
	time.AfterFunc(700*time.Millisecond, relay.thaw)
	sameModel(t, lead.wait(t), want)
}

// The coordinator ends during the run and another continues from its checkpoint with the waiting workers.
func TestSameModelWhenTheCoordinatorIsResumed(t *testing.T) {
	j := makeJob(t, longer)
	want := local(t, j)
	c := newCluster(t)
	workers := []*member{c.work("w1"), c.work("w2")}
	dir := t.TempDir()
	change, reached := c.follow(60)
	first := c.lead(j, func(config *coordinator.Config) { change(config); config.Dir = dir })
	within(t, reached)
	first.cancel()
	<-first.done
	if first.err == nil {
		t.Fatal("the first coordinator was not interrupted")
	}
	second := c.lead(j, func(config *coordinator.Config) { config.Dir, config.Resume = dir, true })
	sameModel(t, second.wait(t), want)
	for _, w := range workers {
		w.wait(t)
	}
}

// The second of two coordinators stands by and takes over when the first is lost.
func TestStandby(t *testing.T) {
	j := makeJob(t, longer)
	want := local(t, j)
	c := newCluster(t)
	c.work("w1")
	dir := t.TempDir()
	change, reached := c.follow(60)
	first := c.lead(j, func(config *coordinator.Config) { change(config); config.Dir = dir })
	within(t, reached)
	second := c.lead(j, func(config *coordinator.Config) { config.Dir, config.Resume = dir, true })
	first.cancel()
	sameModel(t, second.wait(t), want)
}

// A leader that loses its lease stands by, and leads again after the other holder's lease has expired.
func TestSameModelWhenTheLeaseIsLost(t *testing.T) {
	j := makeJob(t, longer)
	want := local(t, j)
	c := newCluster(t)
	c.work("w1")
	starts := 0
	var log logged
	lead := c.lead(j, func(config *coordinator.Config) {
		config.Log = log.logger()
		config.Events = func(e train.Event) {
			switch e := e.(type) {
			case train.Started:
				starts++
			case train.Stepped:
				if e.Step == 60 && starts == 1 {
					steal(t, c.server.URL())
					noticed := func() bool { return strings.Contains(log.text(), "another coordinator leads") }
					if !await.True(await.Limit, noticed) {
						t.Error("the leader does not notice the loss of its lease")
					}
				}
			}
		}
	})
	sameModel(t, lead.wait(t), want)
	if starts != 2 {
		t.Errorf("the coordinator led %d times, want 2", starts)
	}
}

// steal overwrites the holder of the lease.
func steal(t *testing.T, url string) {
	t.Helper()
	nc, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	kv, err := js.KeyValue(t.Context(), protocol.DefaultFleet.LeaseBucket())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kv.Put(t.Context(), "leader", []byte("thief")); err != nil {
		t.Fatal(err)
	}
}

// If coordinators share a directory, a new leader waits until the former leader has released it.
func TestLeaderWaitsForTheDirectory(t *testing.T) {
	j := makeJob(t)
	want := local(t, j)
	c := newCluster(t)
	c.work("w1")
	path := filepath.Join(t.TempDir(), "run")
	old, err := run.Open(path, j, true)
	if err != nil {
		t.Fatal(err)
	}
	waits := make(chan struct{})
	lead := c.lead(j, func(config *coordinator.Config) {
		config.Dir, config.Resume = path, true
		config.Events = func(e train.Event) {
			if w, ok := e.(train.Waiting); ok && strings.Contains(w.Cause, "is writing here") {
				close(waits)
			}
		}
	})
	select {
	case <-waits:
	case <-lead.done:
		t.Fatal("the new leader does not wait:", lead.err)
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	sameModel(t, lead.wait(t), want)
}
