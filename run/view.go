package run

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"braid/data"
	"braid/internal/regular"
	"braid/job"
)

// View is a run directory for whoever only looks: it takes no lock and changes nothing, so
// it may look at a run that is being written.
type View struct {
	Path string

	hash    string                               // of the job
	changes func(was data.Digest) (all []string) // in which the data at hand are not those of a checkpoint; nil: any will do
}

// Look returns the view of a job's run.
func Look(path string, j *job.Job) View { return View{Path: path, hash: j.Hash()} }

func (v View) file(name string) string { return filepath.Join(v.Path, name) }

func (v View) checkpoint(step uint64) string {
	return filepath.Join(v.Path, CheckpointsDir, checkpointName(step))
}

// Steps lists the steps of the checkpoints that are there, ascending, sound or not.
func (v View) Steps() ([]uint64, error) {
	entries, err := os.ReadDir(v.file(CheckpointsDir))
	if err != nil {
		return nil, err
	}
	var steps []uint64
	for _, e := range entries {
		var step uint64
		if n, _ := fmt.Sscanf(e.Name(), "step-%d", &step); n == 1 && e.Name() == checkpointName(step) {
			steps = append(steps, step)
		}
	}
	slices.Sort(steps)
	return steps, nil
}

// Load fills c.Params and c.Optimizer, whose shapes say what must be there, and c.State
// from the checkpoint of a step, after comparing every file with the manifest. On an error
// the content of c is undefined.
func (v View) Load(step uint64, c *Checkpoint) error {
	state, files, err := v.check(v.checkpoint(step), step)
	if err != nil {
		return err
	}
	if len(state.OptimizerSteps) != len(c.Params.Groups) {
		return fmt.Errorf("has step counts of %d groups, want %d", len(state.OptimizerSteps), len(c.Params.Groups))
	}
	if err := readTensors(files[tensorsFile], c.Params, c.Optimizer); err != nil {
		return fmt.Errorf("%s: %w", tensorsFile, err)
	}
	if sum := HashParams(c.Params); sum != state.ParamsSHA256 {
		return fmt.Errorf("parameters have hash %.12s, want %.12s", sum, state.ParamsSHA256)
	}
	c.State = *state
	c.Optimizer.Steps = state.OptimizerSteps
	return nil
}

// check returns the state and the files of what should be the checkpoint of a step of this
// job, if all are as the manifest says. It does not look into the tensors.
func (v View) check(dir string, step uint64) (*State, map[string][]byte, error) {
	files, err := readChecked(dir, stateFile, tensorsFile)
	if err != nil {
		return nil, nil, err
	}
	state := new(State)
	if err := json.Unmarshal(files[stateFile], state); err != nil {
		return nil, nil, unsound("%s: %v", stateFile, err)
	}
	if state.Step != step {
		return nil, nil, fmt.Errorf("is of step %d", state.Step)
	}
	if err := v.belongs(state); err != nil {
		return nil, nil, err
	}
	return state, files, nil
}

// Unsound is a checkpoint that is torn or was altered: its content cannot be used.
type Unsound struct{ Why string }

func (e *Unsound) Error() string { return e.Why }

func unsound(format string, args ...any) error { return &Unsound{fmt.Sprintf(format, args...)} }

// missing makes an Unsound of a file that is not there; other errors of the disk say nothing
// of the content.
func missing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return unsound("%v", err)
	}
	return err
}

// readChecked returns files of a checkpoint if they are as its manifest says.
func readChecked(dir string, names ...string) (map[string][]byte, error) {
	text, err := regular.Read(filepath.Join(dir, manifestFile), maxManifest)
	if err != nil {
		return nil, missing(err)
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, unsound("%s: %v", manifestFile, err)
	}
	files := map[string][]byte{}
	for _, name := range names {
		want, ok := m.Files[name]
		if !ok {
			return nil, unsound("%s does not list %s", manifestFile, name)
		}
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			return nil, missing(err)
		}
		if info.Mode().IsRegular() && info.Size() != want.Size {
			return nil, unsound("%s has %d bytes, want %d: torn", name, info.Size(), want.Size)
		}
		content, err := regular.Read(filepath.Join(dir, name), want.Size)
		if err != nil {
			return nil, err
		}
		if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != want.SHA256 {
			return nil, unsound("%s has hash %x…, want %.12s…: altered", name, sum[:6], want.SHA256)
		}
		files[name] = content
	}
	return files, nil
}
