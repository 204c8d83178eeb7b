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

// OtherData is a run that was trained on data which are not those at hand. Its checkpoints
// are sound: they go with the data that they were trained on.
type OtherData struct {
	Dir     string
	Step    uint64
	Changes []string // by split that differs; empty: the checkpoint does not say its data
}

func (e *OtherData) Error() string {
	const mend = "put the data back to go on, or train on the new ones into another directory with --out"
	if len(e.Changes) == 0 {
		return fmt.Sprintf("%s: the checkpoint of step %d does not say which data it was trained on: %s", e.Dir, e.Step, mend)
	}
	return fmt.Sprintf("%s: the data are not those that this run began with: %s: %s", e.Dir, few(e.Changes), mend)
}

// OtherRules is a run of the same job file that was trained under other rules, or one whose
// job file was changed under it: see job.Job.Hash.
type OtherRules struct {
	Dir  string
	What string // what is of other rules
}

func (e *OtherRules) Error() string {
	return fmt.Sprintf("%s: %s was trained by a version of Braid that gives another model for this job, or %s was changed: "+
		"go on with that version, or train again into another directory with --out", e.Dir, e.What, JobFile)
}

// otherJob says which keys of two jobs differ.
func otherJob(path string, was, now *job.Job) error {
	var changes []string
	for _, c := range job.Changes(was, now) {
		changes = append(changes, fmt.Sprintf("%s was %s, and is %s now", c.Key, shown(c.A), shown(c.B)))
	}
	return fmt.Errorf("%s: holds a run of another job: %s: train this one into another directory with --out, or set the keys back to go on with that one", path, few(changes))
}

func shown(value string) string {
	if value == "" {
		return "not there"
	}
	return value
}

// few joins the first of some sentences.
func few(all []string) string {
	const most = 6
	if n := len(all); n > most {
		all = append(all[:most:most], fmt.Sprintf("and %d more", n-most))
	}
	return strings.Join(all, "; ")
}

// Expecting returns the view of a run that must have been trained on these data: a
// checkpoint of others is an OtherData.
func (v View) Expecting(d data.Digest) View {
	v.changes = d.Differences
	return v
}

// ExpectingTraining is Expecting for a reader that takes steps and scores nothing: the data
// of dev and test may differ.
func (v View) ExpectingTraining(d data.Digest) View {
	v.changes = func(was data.Digest) []string { return d.Training().Differences(was.Training()) }
	return v
}

// belongs says why a sound checkpoint is not of this job and these data; nil: it is.
func (v View) belongs(s *State) error {
	switch {
	case s.JobHash != v.hash, s.Format != formatVersion:
		return &OtherRules{v.Path, fmt.Sprintf("the checkpoint of step %d", s.Step)}
	case v.changes == nil:
		return nil
	case len(s.Data.Parts) == 0:
		return &OtherData{Dir: v.Path, Step: s.Step}
	}
	if changes := v.changes(s.Data); len(changes) > 0 {
		return &OtherData{v.Path, s.Step, changes}
	}
	return nil
}

// Belongs says whether the newest checkpoint whose state is sound is of this job and
// these data: nil if it is, or if there is none. It reads no tensors.
func (v View) Belongs() error {
	steps, err := v.Steps()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	for _, step := range slices.Backward(steps) {
		var s State
		if files, err := readChecked(v.checkpoint(step), stateFile); err == nil && json.Unmarshal(files[stateFile], &s) == nil {
			return v.belongs(&s)
		}
	}
	return nil
}

// IsForeign says that an error is no damage: the checkpoint is sound, and another's.
func IsForeign(err error) bool {
	var otherData *OtherData
	var otherRules *OtherRules
	return errors.As(err, &otherData) || errors.As(err, &otherRules)
}
