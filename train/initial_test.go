package train_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"braid/job"
	"braid/model"
	"braid/nn"
	"braid/run"
	"braid/train"

	"github.com/google/go-cmp/cmp"
)

// initial trains a small job and returns its run directory and summary.
func initial(t *testing.T, text string, overrides ...string) (dir string, s *run.Summary) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "old")
	return dir, prepareJob(t, text, overrides...).train(t, dir, 2)
}

// row returns a row of a table, or of the matrix of a head, by its name.
func row(t *testing.T, a *model.Architecture, ps *nn.ParamSet, group, name string) []float32 {
	t.Helper()
	for i, g := range ps.Groups {
		if g.Name != group {
			continue
		}
		names := a.Names(i)
		k := slices.Index(names, name)
		if k < 0 {
			return nil
		}
		p := g.Params[0]
		n := len(p.Data) / len(names)
		return p.Data[k*n : (k+1)*n]
	}
	t.Fatalf("no group %s", group)
	return nil
}

// A model starts with the rows of the words and labels that the initial model has, with its other parameters, and
// for new words and labels with the values of a job without an initial model.
func TestStartsFromAModel(t *testing.T) {
	half := func(text string) string { return strings.Replace(text, "train.jsonl", "half.jsonl", 1) }
	old := prepareLess(t, half(smallJob))
	dir := filepath.Join(t.TempDir(), "old")
	old.train(t, dir, 2)
	b, err := model.LoadBundle(dir)
	if err != nil {
		t.Fatal(err)
	}
	fresh, s := prepare(t), prepare(t, "init.from="+dir)
	ps, start := s.Arch.Start(), fresh.Arch.Start()
	taken, added := map[string]int{}, map[string]int{}
	for _, group := range []string{"word", "feature", "head.topic", "head.names"} {
		i := slices.IndexFunc(ps.Groups, func(g *nn.Group) bool { return g.Name == group })
		for _, name := range s.Arch.Names(i) {
			got, was := row(t, s.Arch, ps, group, name), row(t, b.Architecture, b.Params, group, name)
			if was == nil {
				added[group]++
				was = row(t, fresh.Arch, start, group, name)
			} else {
				taken[group]++
			}
			if !slices.Equal(got, was) {
				t.Errorf("%s, row %s: %v, want %v", group, name, got[:2], was[:2])
			}
		}
		isNew := group == "word" || group == "head.topic"
		if taken[group] == 0 || isNew != (added[group] > 0) {
			t.Errorf("%s: %d rows are taken over, %d are new", group, taken[group], added[group])
		}
	}
	for i, g := range ps.Groups {
		if g.Name == "encoder" && !slices.Equal(g.Data, b.Params.Groups[i].Data) {
			t.Error("the encoder does not start with that of the model")
		}
	}
	for _, h := range s.Arch.Inheritance() {
		if h.Name == "word" && (h.Taken != taken["word"] || h.New != added["word"] || h.Dropped != 0) ||
			h.Name == "head.topic" && (h.Taken != 2 || h.New != 1 || h.Unit != "label") ||
			h.Name == "encoder" && (h.Taken != 8 || h.New != 0) {
			t.Errorf("inheritance of %+v", h)
		}
	}
	for i := range b.Vocab.Len() {
		if word := b.Vocab.Word(uint32(i)); b.Vocab.Known(uint32(i)) && !s.Data.Vocab.Known(s.Data.Vocab.ID(word)) {
			t.Errorf("the vocabulary has lost %s", word)
		}
	}
}

// prepareLess is prepareJob for a job that reads half.jsonl: the training examples without topic t2.
func prepareLess(t *testing.T, text string) small {
	t.Helper()
	dir := t.TempDir()
	whole := prepareJob(t, smallJob)
	for _, name := range []string{"train", "dev", "test"} {
		content := readFile(t, whole.Job.Dir, name+".jsonl")
		if err := os.WriteFile(filepath.Join(dir, name+".jsonl"), content, 0o644); err != nil {
			t.Fatal(err)
		}
		var kept strings.Builder
		for line := range strings.Lines(string(content)) {
			if !strings.Contains(line, `"topic": "t2"`) {
				kept.WriteString(line)
			}
		}
		if name == "train" {
			if err := os.WriteFile(filepath.Join(dir, "half.jsonl"), []byte(kept.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	j, err := job.Parse(filepath.Join(dir, "small.yaml"), []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	setup, err := train.Open(t.Context(), j, nil)
	if err != nil {
		t.Fatal(err)
	}
	return small{setup}
}

// The summary holds the scores of the initial model on dev and test, equal to those of its own summary.
func TestSummaryHasTheScoresOfTheInitialModel(t *testing.T) {
	for name, text := range map[string]string{"small": smallJob, "wide": wideJob} {
		dir, old := initial(t, text)
		s := prepareJob(t, text, "init.from="+dir, "seed=6")
		got := s.train(t, filepath.Join(t.TempDir(), "new"), 1)
		for task, was := range old.Tasks {
			now := got.Tasks[task]
			if now.Before == nil || cmp.Diff(was.Scores, *now.Before) != "" {
				t.Errorf("%s, task %s: before %+v, want %+v", name, task, now.Before, was.Scores)
			}
		}
	}
}

// Frozen parameters keep their bits, whatever the optimiser does, and the others do not.
func TestFrozenParametersKeepTheirBits(t *testing.T) {
	dir, _ := initial(t, smallJob)
	b, err := model.LoadBundle(dir)
	if err != nil {
		t.Fatal(err)
	}
	for name, overrides := range map[string][]string{
		"adam":    nil,
		"joint":   {"training.mode=joint"},
		"decay":   {"training.optimizer.kind=adamw", "training.optimizer.weight_decay=0.1", "encoder.word.update=dense"},
		"average": {"training.average.decay=0.9", "training.precision=bf16"},
		"sgd": {"training.optimizer.kind=sgd", "training.optimizer.momentum=0.9", "training.optimizer.weight_decay=0.1",
			"training.optimizer.lr=0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			s := prepare(t, append(overrides, "init.from="+dir, "init.freeze=encoder,feature,head.n*")...)
			got := s.train(t, filepath.Join(t.TempDir(), "new"), 2)
			out := filepath.Join(t.TempDir(), "new")
			again := s.train(t, out, 1)
			if got.ModelSHA256 != again.ModelSHA256 {
				t.Error("two numbers of threads give two models")
			}
			now, err := model.LoadBundle(out)
			if err != nil {
				t.Fatal(err)
			}
			for i, g := range now.Params.Groups {
				same := slices.Equal(g.Data, b.Params.Groups[i].Data)
				if frozen := g.Name == "encoder" || g.Name == "feature" || g.Name == "head.names"; same != frozen {
					t.Errorf("%s: equal to the initial model %v, frozen %v", g.Name, same, frozen)
				}
			}
		})
	}
}

// A run from a model that is killed at any step and resumed ends with the same model.
func TestRunFromAModelIsResumed(t *testing.T) {
	dir, _ := initial(t, smallJob)
	killedAtEveryStep(t, prepare(t, "init.from="+dir, "init.freeze=word", "training.steps=12"))
}

// A run does not continue from another model, and a model that has changed or is missing is named.
func TestAnotherInitialModelIsRefused(t *testing.T) {
	dir, _ := initial(t, smallJob)
	s := prepare(t, "init.from="+dir)
	out := filepath.Join(t.TempDir(), "new")
	s.train(t, out, 1)
	other, _ := initial(t, smallJob, "seed=8")
	_, err := run.Open(out, prepare(t, "init.from="+other).Job, true)
	refusedWith(t, err, "holds a run of another job: init.model was \""+s.Job.Init.Model+"\" and is now ")
	for _, name := range []string{"model", "model/weights.safetensors"} {
		if err := os.RemoveAll(filepath.Join(dir, "model")); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(filepath.Join(dir, "model"), os.DirFS(filepath.Join(other, "model"))); err != nil {
			t.Fatal(err)
		}
		if name == "model" {
			_, err = train.NewSetup(s.Job, s.Data)
			refusedWith(t, err, "and init.model is "+s.Job.Init.Model[:12]+": restore the model")
			continue
		}
		if err := os.Truncate(filepath.Join(dir, name), 100); err != nil {
			t.Fatal(err)
		}
		_, err = train.NewSetup(prepareLoaded(t, s, "init.from="+dir), s.Data)
		refusedWith(t, err, "copy the whole directory again")
	}
	if err := os.RemoveAll(filepath.Join(dir, "model")); err != nil {
		t.Fatal(err)
	}
	_, err = job.Load(filepath.Join(s.Job.Dir, "small.yaml"), "init.from="+dir)
	refusedWith(t, err, "no model here (no such file or directory): name the directory that training wrote, as runs/NAME")
}

// prepareLoaded loads the job file again with other overrides.
func prepareLoaded(t *testing.T, s small, overrides ...string) *job.Job {
	t.Helper()
	j, err := job.Load(filepath.Join(s.Job.Dir, "small.yaml"), overrides...)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func refusedWith(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want one with %q", err, want)
	}
}

// What does not fit the initial model is refused.
func TestWhatDoesNotFitTheModelIsRefused(t *testing.T) {
	dir, _ := initial(t, smallJob)
	for override, want := range map[string]string{
		"encoder.lstm.hidden=7": "has the shape [",
		"encoder.word.dim=7":    "has the shape [",
		"init.freeze=encodr":    `init.freeze has the pattern "encodr", which is no group of parameters: name some of `,
		"init.freeze=*,head.*":  "all parameters that the loss of task topic trains are frozen: remove a pattern, or the",
		"tasks.topic.kind=multilabel": "task topic is a multilabel, and in the model of init.from a classification: give " +
			"the task another name",
	} {
		j := prepareLoaded(t, prepare(t), "init.from="+dir, override)
		_, err := train.Open(t.Context(), j, nil)
		refusedWith(t, err, want)
	}
}

// The tasks of the model get their share of the steps.
func TestRehearsal(t *testing.T) {
	dir, _ := initial(t, strings.Replace(smallJob, "  - {name: names, kind: tagging, data: made, field: tags}\n", "", 1))
	s := prepare(t, "init.from="+dir, "init.rehearse=0.25", "training.steps=400")
	if !slices.Equal(s.Job.Init.Old, []string{"topic"}) {
		t.Fatalf("old tasks are %v", s.Job.Init.Old)
	}
	shares := s.Shares()
	if n := shares[0].Steps; n < 80 || n > 120 || shares[1].Steps != 400-n {
		t.Errorf("%d of 400 steps are of the old task", n)
	}
}
