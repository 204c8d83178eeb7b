package job

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"braid/internal/regular"
)

// Files of a model directory.
const (
	ModelSums = "SHA256SUMS"
	modelJob  = "job.yaml"
	modelDir  = "model" // in a run directory
)

// identity lists the files of a model on which a job that starts from it depends.
var identity = []string{"labels.json", "vocab.json", "weights.safetensors"}

const (
	maxSums  = 4 << 10
	maxVocab = 256 << 20
)

// InitDir returns the directory of the initial model.
func (j *Job) InitDir() string {
	dir := j.Path(j.Init.From)
	if _, err := os.Stat(filepath.Join(dir, ModelSums)); err != nil {
		return filepath.Join(dir, modelDir)
	}
	return dir
}

// settleInit sets init.model and init.old from the files of the model, unless the job has init.model.
func (j *Job) settleInit() error {
	if j.Init.From == "" || j.Init.Model != "" {
		return nil
	}
	var err error
	if j.Init.Model, err = j.initModel(); err != nil {
		return err
	}
	if j.said("init.old") {
		return nil
	}
	model, err := LoadWritten(filepath.Join(j.InitDir(), modelJob))
	if err != nil {
		return j.Errorf("init.from", "name another model", "%v", err)
	}
	j.Init.Old = nil
	for _, t := range j.Tasks {
		if slices.ContainsFunc(model.Tasks, func(old Task) bool { return old.Name == t.Name }) {
			j.Init.Old = append(j.Init.Old, t.Name)
		}
	}
	return nil
}

// CheckInit returns an error if init.from does not hold the model that init.model names.
func (j *Job) CheckInit() error {
	model, err := j.initModel()
	if err == nil && model != j.Init.Model {
		return j.Errorf("init.from", "restore the model, or train with the new one in another run directory",
			"%s holds model %.12s, and init.model is %.12s", j.InitDir(), model, j.Init.Model)
	}
	return err
}

// initModel returns the SHA-256 of the lines of identity in the model's list of sums.
func (j *Job) initModel() (string, error) {
	sums, err := j.initSums()
	if err != nil {
		return "", err
	}
	all := sha256.New()
	for _, name := range identity {
		fmt.Fprintf(all, "%s  %s\n", sums[name], name)
	}
	return hex.EncodeToString(all.Sum(nil)), nil
}

// initSums returns the SHA-256 of each file of identity by name.
func (j *Job) initSums() (map[string]string, error) {
	file := filepath.Join(j.InitDir(), ModelSums)
	text, err := regular.Read(file, maxSums)
	if err != nil {
		return nil, j.Errorf("init.from", "name the directory that training wrote, as runs/NAME; the path is relative to "+
			"the job file", "%s: no model here (%v)", j.Path(j.Init.From), unwrapPath(err))
	}
	sums := map[string]string{}
	for line := range strings.Lines(string(text)) {
		sum, name, _ := strings.Cut(strings.TrimRight(line, "\r\n"), "  ")
		sums[name] = sum
	}
	for _, name := range identity {
		if len(sums[name]) != 2*sha256.Size {
			return nil, j.Errorf("init.from", "copy the whole directory again", "%s has no line of %s", file, name)
		}
	}
	return sums, nil
}

// InitVocab returns the text of the vocabulary of the initial model. It returns an error if the model is not that of
// init.model.
func (j *Job) InitVocab() ([]byte, error) {
	if err := j.CheckInit(); err != nil {
		return nil, err
	}
	sums, err := j.initSums()
	if err != nil {
		return nil, err
	}
	file := filepath.Join(j.InitDir(), "vocab.json")
	text, err := regular.Read(file, maxVocab)
	if err != nil {
		return nil, j.Errorf("init.from", "copy the whole directory again", "%s: %v", file, unwrapPath(err))
	}
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != sums["vocab.json"] {
		return nil, j.Errorf("init.from", "copy the whole directory again", "%s is not that of %s", file, ModelSums)
	}
	return text, nil
}

// IsOld reports whether a task is one of init.old.
func (j *Job) IsOld(task int) bool { return slices.Contains(j.Init.Old, j.Tasks[task].Name) }

// IsFrozen reports whether a pattern of init.freeze matches the name of a group of parameters.
func (j *Job) IsFrozen(group string) bool {
	return slices.ContainsFunc(j.Init.Freeze, func(p string) bool { return MatchesGroup(p, group) })
}

// MatchesGroup reports whether a pattern of init.freeze matches the name of a group of parameters. A * matches any
// characters but a dot.
func MatchesGroup(pattern, group string) bool {
	swap := strings.NewReplacer(".", "/", "/", ".")
	ok, err := path.Match(swap.Replace(pattern), swap.Replace(group))
	return err == nil && ok
}

func (c *check) init() {
	j, in := c.job, c.job.Init
	if in.From == "" {
		given := in.Model != "" || len(in.Freeze) > 0 || in.Rehearse != 0 || len(in.Old) > 0
		c.refuse(given, "init", "add `from: DIR`, the directory of a model, or remove the other keys", "init has no from")
		return
	}
	sum, err := hex.DecodeString(in.Model)
	c.refuse(err != nil || len(sum) != sha256.Size, "init.model", "remove it; it is computed", "init.model is %q",
		in.Model)
	for i, p := range in.Freeze {
		_, err := path.Match(p, "")
		c.refuse(p == "" || err != nil, fmt.Sprintf("init.freeze[%d]", i), "write a name of `braid check`, such as encoder "+
			"or head.*", "init.freeze has the pattern %q", p)
	}
	for i, name := range in.Old {
		p := fmt.Sprintf("init.old[%d]", i)
		known := slices.ContainsFunc(j.Tasks, func(t Task) bool { return t.Name == name })
		c.refuse(!known, p, "name a task of the job", "the job has no task %q", name)
		c.refuse(slices.Index(in.Old, name) < i, p, "remove one", "init.old has the task %s twice", name)
	}
	c.inside("init.rehearse", in.Rehearse, 0, 1)
	if in.Rehearse > 0 {
		c.rehearse()
	}
}

// rehearse checks that the steps can be shared between old and new tasks.
func (c *check) rehearse() {
	const p = "init.rehearse"
	j := c.job
	sampling := j.Training.Sampling.Kind
	c.refuse(j.Training.Mode != "sampled", p, "set training.mode to sampled, or remove it",
		"training.mode is %s: each of its steps trains old and new tasks", j.Training.Mode)
	c.refuse(sampling == "round_robin", p, "use another training.sampling.kind, or remove it",
		"round_robin gives all tasks the same share of the steps")
	c.refuse(len(j.Init.Old) == 0, p, "add the tasks of the model with their data, or remove it",
		"no task of the job is one of the model, so there is nothing to rehearse")
	c.refuse(len(j.Init.Old) == len(j.Tasks), p, "remove it, or name fewer tasks in init.old",
		"all tasks of the job are old, so that no step is left for new ones")
	shares := map[bool]float64{}
	for t := range j.Tasks {
		shares[j.IsOld(t)] += j.Tasks[t].Probability
	}
	c.refuse(sampling == "explicit" && (shares[true] == 0 || shares[false] == 0), p,
		"give an old and a new task a probability above 0", "the probabilities of all old tasks, or of all new ones, are 0")
}
