package toy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"braid/coordinator"
	"braid/internal/await"
	"braid/job"
	"braid/model"
	"braid/run"
	"braid/train"
	"braid/transport"
	"braid/worker"
)

const tinyJob = "../../cmd/braid/testdata/tiny/tiny.yaml"

// meanJob has no task with an answer per word: the mean is one row per text.
const meanJob = `
data: {made: {format: jsonl, tokens: tokens, train: train.jsonl, dev: dev.jsonl, test: test.jsonl}}
encoder: {kind: mean, word: {dim: 12, dropout: 0.1}}
tasks:
  - {name: topic, kind: classification, data: made, field: topic}
  - {name: again, kind: classification, data: made, field: topic, class_weights: {music: 2}, reads: [topic]}
training: {mode: joint, batch: 16, shards: 4, epochs: 12, optimizer: {kind: adam, lr: 0.02}, evaluate_every: 30}
`

// parts are jobs that need a part of this package, or one that is not a default.
var parts = map[string]func(t *testing.T) *job.Job{
	"nearest": func(t *testing.T) *job.Job {
		return load(t, "tasks.names.decoder=nearest", "tasks.topic.decoder=nearest")
	},
	"crf": func(t *testing.T) *job.Job { return load(t, "tasks.names.decoder=crf") },
	"crf, bf16": func(t *testing.T) *job.Job {
		return load(t, "tasks.names.decoder=crf", "encoder.word.features=hashed", "training.precision=bf16")
	},
	"reads": func(t *testing.T) *job.Job { return load(t, "tasks.names.reads=topic", "training.precision=bf16") },
	"reads, crf, nearest": func(t *testing.T) *job.Job {
		return load(t, "tasks.names.reads=topic", "tasks.names.decoder=crf", "tasks.topic.decoder=nearest")
	},
	"a layer": func(t *testing.T) *job.Job {
		return load(t, "encoder.lstm.layers=2", "tasks.topic.layer=1", "training.epochs=24")
	},
	"a layer, joint, bf16": func(t *testing.T) *job.Job {
		return load(t, "encoder.lstm.layers=2", "tasks.names.layer=1", "training.precision=bf16", "training.mode=joint",
			"training.tasks_per_step=1", "training.epochs=40")
	},
	"groups": func(t *testing.T) *job.Job {
		return load(t, "tasks.names.group=tags", "encoder.word.features=hashed")
	},
	"groups, joint, bf16": func(t *testing.T) *job.Job {
		return load(t, "tasks.names.group=tags", "training.precision=bf16", "training.mode=joint")
	},
	"private": func(t *testing.T) *job.Job {
		return load(t, "tasks.names.private.lstm.hidden=6", "encoder.lstm.recurrent_dropout=0.1")
	},
	"private, a penalty, joint, bf16": func(t *testing.T) *job.Job {
		return load(t, "tasks.names.private.lstm.hidden=6", "tasks.names.private.orthogonality=0.05",
			"tasks.topic.private.lstm.hidden=4", "tasks.topic.private.lstm.bidirectional=false",
			"encoder.char.kind=conv", "training.precision=bf16", "training.mode=joint")
	},
	"spelling": func(t *testing.T) *job.Job { return load(t, "encoder.kind=spelling") },
	"features": func(t *testing.T) *job.Job { return load(t, "encoder.word.features=hashed") },
	"features, bf16": func(t *testing.T) *job.Job {
		return load(t, "encoder.word.features=hashed", "training.precision=bf16", "encoder.word.unknown=0.9")
	},
	"characters": func(t *testing.T) *job.Job {
		return load(t, "encoder.char.kind=conv", "encoder.char.filters=9", "encoder.char.dim=5")
	},
	"features and characters, bf16": func(t *testing.T) *job.Job {
		return load(t, "encoder.word.features=hashed", "encoder.char.kind=conv", "training.precision=bf16")
	},
	"mean":             func(t *testing.T) *job.Job { return loadMean(t) },
	"mean, two groups": func(t *testing.T) *job.Job { return loadMean(t, "tasks.again.group=b") },
	"lines":            linesJob,
}

func loadMean(t *testing.T, settings ...string) *job.Job {
	t.Helper()
	j, err := job.Parse(filepath.Join(filepath.Dir(tinyJob), "mean.yaml"), []byte(meanJob), settings)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// linesJob reads the data set of tinyJob, in the format lines.
func linesJob(t *testing.T) *job.Job {
	t.Helper()
	dir := t.TempDir()
	for _, split := range job.Splits {
		text, err := os.ReadFile(filepath.Join(filepath.Dir(tinyJob), string(split)+".jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		var lines strings.Builder
		for d := json.NewDecoder(bytes.NewReader(text)); d.More(); {
			var e struct {
				Tokens []string
				Topic  string
			}
			if err := d.Decode(&e); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&lines, "%s\t%s\n", e.Topic, strings.Join(e.Tokens, " "))
		}
		if err := os.WriteFile(filepath.Join(dir, string(split)), []byte(lines.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	j, err := job.Parse(filepath.Join(dir, "lines.yaml"), []byte(`
data: {made: {format: lines, train: train, dev: dev, test: test}}
encoder: {word: {dim: 12}, lstm: {hidden: 8}}
tasks: [{name: topic, kind: classification, data: made, field: label}]
training: {batch: 16, shards: 4, epochs: 6, optimizer: {kind: adam, lr: 0.02}, evaluate_every: 30}
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// A model of each job trains to one hash in one process and on a fleet, learns,
// and answers after it was saved and loaded.
func TestPartsTrainSaveAndPredict(t *testing.T) {
	base := local(t, load(t, "encoder.word.dim=12", "encoder.word.features=off"), t.TempDir())
	for name, part := range parts {
		t.Run(name, func(t *testing.T) {
			j, dir := part(t), t.TempDir()
			want := local(t, j, dir)
			if want.ModelSHA256 == base.ModelSHA256 {
				t.Errorf("%s trains the same model as the job without it", name)
			}
			if got := fleet(t, j, 2); got.ModelSHA256 != want.ModelSHA256 || got.ModelSHA256 == "" {
				t.Errorf("model_sha256 is %s on a fleet and %s in one process", got.ModelSHA256, want.ModelSHA256)
			}
			for task, s := range want.Tasks {
				if score := s.Test[s.Metric]; score < 0.9 {
					t.Errorf("%s of %s is %v", s.Metric, task, score)
				}
			}
			predict(t, filepath.Join(dir, "model"))
		})
	}
}

// An encoder with one row per text refuses a task with an answer per word.
func TestMeanRefusesTags(t *testing.T) {
	_, err := train.Open(t.Context(), load(t, "encoder.kind=mean"), nil)
	if err == nil || !strings.Contains(err.Error(), "task names has an answer per word, and the encoder mean") {
		t.Error(err)
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
	nats := transport.Config{URL: server.URL(), Wait: await.Limit}
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

// predict loads a model and asks it for answers that it has learnt.
func predict(t *testing.T, dir string) {
	t.Helper()
	b, err := model.LoadBundle(dir)
	if err != nil {
		t.Fatal(err)
	}
	texts := []model.Text{{Text: "play some Bach in Cairo"}}
	answers, err := b.Predictor(model.Limits{Passes: 2}).Answer(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	answer := answers[0]
	if topic := answer.Tasks[0]; topic.Label != "music" {
		t.Errorf("topic %q of %q", topic.Label, answer.Text)
	}
	if len(answer.Tasks) < 2 || answer.Tasks[1].Tags == nil {
		return // a job without tags
	}
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
