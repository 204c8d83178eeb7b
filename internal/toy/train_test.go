package toy

import (
	"path/filepath"
	"testing"
	"time"

	"braid/coordinator"
	"braid/job"
	"braid/model"
	"braid/run"
	"braid/train"
	"braid/transport"
	"braid/worker"
)

const tinyJob = "../../cmd/braid/testdata/tiny/tiny.yaml"

// parts are the settings that select each part of this package.
var parts = map[string]string{
	"crf": "tasks.names.decoder=crf",
}

// A model with a part of this package trains to one hash in one process and on a fleet, learns,
// and answers after it was saved and loaded.
func TestPartsTrainSaveAndPredict(t *testing.T) {
	base := local(t, load(t, "encoder.word.dim=12"), t.TempDir())
	for name, setting := range parts {
		t.Run(name, func(t *testing.T) {
			j, dir := load(t, setting), t.TempDir()
			want := local(t, j, dir)
			if want.ModelSHA256 == base.ModelSHA256 {
				t.Errorf("%s trains the same model as the job without it", setting)
			}
			if got := fleet(t, j, 2); got.ModelSHA256 != want.ModelSHA256 || got.ModelSHA256 == "" {
				t.Errorf("model_sha256 is %s on a fleet and %s in one process", got.ModelSHA256, want.ModelSHA256)
			}
			if f1, accuracy := want.Tasks["names"].Test["f1"], want.Tasks["topic"].Test["accuracy"]; f1 < 0.9 || accuracy < 0.9 {
				t.Errorf("f1 of names %v, accuracy of topic %v", f1, accuracy)
			}
			predict(t, filepath.Join(dir, "model"))
		})
	}
}

func load(t *testing.T, settings ...string) *job.Job {
	t.Helper()
	j, err := job.Load(tinyJob, settings...)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// local trains in this process into dir.
func local(t *testing.T, j *job.Job, dir string) *run.Summary {
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

// fleet trains with a coordinator, workers and a NATS server, all in this process.
func fleet(t *testing.T, j *job.Job, workers int) *run.Summary {
	t.Helper()
	server, err := transport.ListenTest(transport.TestOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	const beat = 100 * time.Millisecond
	nats := transport.Config{URL: server.URL()}
	ended := make(chan error, workers)
	for range workers {
		go func() { ended <- worker.Run(t.Context(), worker.Config{Nats: nats, Threads: 1, Beat: beat}) }()
	}
	fleetJob := *j
	fleetJob.Cluster.MinWorkers = workers
	s, err := coordinator.Run(t.Context(), coordinator.Config{Job: &fleetJob, Dir: t.TempDir(), Nats: nats, Beat: beat})
	if err != nil {
		t.Fatal(err)
	}
	for range workers {
		if err := <-ended; err != nil {
			t.Errorf("worker: %v", err)
		}
	}
	return s
}

// predict loads a model and asks it for tags that it has learnt.
func predict(t *testing.T, dir string) {
	t.Helper()
	b, err := model.LoadBundle(dir)
	if err != nil {
		t.Fatal(err)
	}
	answers, err := b.Predictor(model.Limits{Passes: 2}).Answer(t.Context(), []model.Text{{Text: "play some Bach in Cairo"}})
	if err != nil {
		t.Fatal(err)
	}
	answer := answers[0]
	names := answer.Tasks[1]
	if len(names.Entities) != 2 || names.Entities[0].Text != "Bach" || names.Entities[1].Text != "Cairo" {
		t.Errorf("entities %+v of %q", names.Entities, answer.Text)
	}
	for i, c := range names.Confidence {
		if !(c > 0.5 && c <= 1.00001) {
			t.Errorf("word %d has confidence %v", i, c)
		}
	}
}
