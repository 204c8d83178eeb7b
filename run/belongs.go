package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"braid/data"
	"braid/job"
)

// OtherData is the error for a run that was trained on other data than the given ones. Its checkpoints
// are sound, but belong to the data that they were trained on.
type OtherData struct {
	Dir     string
	Step    uint64
	Changes []string // one per split that differs; empty: the checkpoint does not name its data
}

func (e *OtherData) Error() string {
	const mend = "restore the data to resume, or train on the new data in another directory with --out"
	if len(e.Changes) == 0 {
		return fmt.Sprintf("%s: the checkpoint of step %d does not name the data it was trained on: %s", e.Dir, e.Step, mend)
	}
	return fmt.Sprintf("%s: the data differ from those of this run: %s: %s", e.Dir, few(e.Changes), mend)
}

// OtherRules is the error for a run of the same job file that another version of Braid trained by other
// rules, or whose job file was changed after the run began. See job.Job.Hash.
type OtherRules struct {
	Dir  string
	What string // the part of the run that follows other rules: a checkpoint or the finished run
}

func (e *OtherRules) Error() string {
	return fmt.Sprintf("%s: %s was trained by a version of Braid that gives another model for this job, "+
		"or %s was changed: resume with that version, or train again in another directory with --out", e.Dir, e.What, JobFile)
}

// otherJob returns the error for a directory that holds a run of another job. It names the keys that differ.
func otherJob(path string, was, now *job.Job) error {
	var changes []string
	for _, c := range job.Changes(was, now) {
		changes = append(changes, fmt.Sprintf("%s was %s and is now %s", c.Key, shown(c.A), shown(c.B)))
	}
	return fmt.Errorf("%s: holds a run of another job: %s: choose another directory with --out, or set the keys back "+
		"to resume that run",
		path, few(changes))
}

func shown(value string) string {
	if value == "" {
		return "absent"
	}
	return value
}

// few joins at most six phrases and counts the rest.
func few(all []string) string {
	const most = 6
	if n := len(all); n > most {
		all = append(all[:most:most], fmt.Sprintf("and %d more", n-most))
	}
	return strings.Join(all, "; ")
}

// Expecting returns a reader that accepts only checkpoints trained on these data. Others give an error
// of type OtherData.
func (r Reader) Expecting(d data.Digest) Reader {
	r.changes = d.Differences
	return r
}

// ExpectingTraining is Expecting for a replay of steps, which needs no dev and test data: they may differ.
func (r Reader) ExpectingTraining(d data.Digest) Reader {
	r.changes = func(was data.Digest) []string { return d.Training().Differences(was.Training()) }
	return r
}

// belongs returns an error if a sound checkpoint is not of this job and these data.
func (r Reader) belongs(s *State) error {
	switch {
	case s.JobHash != r.hash, s.Format != formatVersion:
		return &OtherRules{r.Path, fmt.Sprintf("the checkpoint of step %d", s.Step)}
	case r.changes == nil:
		return nil
	case len(s.Data.Parts) == 0:
		return &OtherData{Dir: r.Path, Step: s.Step}
	}
	if changes := r.changes(s.Data); len(changes) > 0 {
		return &OtherData{r.Path, s.Step, changes}
	}
	return nil
}

// Belongs returns an error if the newest checkpoint whose state is sound is not of this job and these
// data. It reads no tensors. It returns nil if there is no checkpoint.
func (r Reader) Belongs() error {
	_, err := r.State()
	return err
}

// State returns the newest state that is sound; nil if there is none. It reads no tensors. It returns an error if
// the state is not of this job and these data.
func (r Reader) State() (*State, error) {
	steps, err := r.Steps()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	for _, step := range slices.Backward(steps) {
		s := new(State)
		if files, err := readChecked(r.checkpoint(step), stateFile); err == nil &&
			json.Unmarshal(files[stateFile], s) == nil {
			return s, r.belongs(s)
		}
	}
	return nil, nil
}

// IsForeign reports whether an error means that a sound checkpoint belongs to other data or other rules,
// in contrast to a damaged checkpoint.
func IsForeign(err error) bool {
	var otherData *OtherData
	var otherRules *OtherRules
	return errors.As(err, &otherData) || errors.As(err, &otherRules)
}
