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

// Reader reads a run directory. It takes no lock and changes nothing, so it may read a run while another
// process writes it.
type Reader struct {
	Path string

	hash string // of the job

	// changes describes how the given data differ from those of a checkpoint. If nil, data are not compared.
	changes func(was data.Digest) []string
}

// OpenReadOnly returns a reader of the run of a job.
func OpenReadOnly(path string, j *job.Job) Reader { return Reader{Path: path, hash: j.Hash()} }

func (r Reader) file(name string) string { return filepath.Join(r.Path, name) }

func (r Reader) checkpoint(step uint64) string {
	return filepath.Join(r.Path, CheckpointsDir, checkpointName(step))
}

// Steps returns the steps of all checkpoints, sound or damaged, ascending.
func (r Reader) Steps() ([]uint64, error) {
	entries, err := os.ReadDir(r.file(CheckpointsDir))
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

// Has reports whether there is a complete checkpoint of a step, sound or altered.
func (r Reader) Has(step uint64) bool {
	_, err := os.Stat(filepath.Join(r.checkpoint(step), manifestFile))
	return err == nil
}

// Load reads the checkpoint of a step into c. c.Params and c.Optimizer must have the shapes that the
// checkpoint must have. Load compares every file with the manifest first. On an error the content of c is
// undefined.
func (r Reader) Load(step uint64, c *Checkpoint) error {
	state, files, err := r.check(r.checkpoint(step), step)
	if err != nil {
		return err
	}
	if len(state.OptimizerSteps) != len(c.Params.Groups) {
		return fmt.Errorf("has step counts for %d groups, want %d", len(state.OptimizerSteps), len(c.Params.Groups))
	}
	if err := readTensors(files[tensorsFile], c.Params, c.Optimizer); err != nil {
		return fmt.Errorf("%s: %w", tensorsFile, err)
	}
	if sum := HashParams(c.Params); sum != state.ParamsSHA256 {
		return fmt.Errorf("parameters have hash %.12s, want %.12s", sum, state.ParamsSHA256)
	}
	c.State = *state
	c.Optimizer.Steps, c.Optimizer.Updates = state.OptimizerSteps, state.OptimizerUpdates
	return nil
}

// check returns the state and the files of the checkpoint in dir. It returns an error unless the files
// match the manifest and the checkpoint is of the given step, of this job and of the expected data. It does
// not parse the tensors.
func (r Reader) check(dir string, step uint64) (*State, map[string][]byte, error) {
	files, err := readChecked(dir, stateFile, tensorsFile)
	if err != nil {
		return nil, nil, err
	}
	state := new(State)
	if err := json.Unmarshal(files[stateFile], state); err != nil {
		return nil, nil, unsound("%s: %v", stateFile, err)
	}
	if state.Step != step {
		return nil, nil, fmt.Errorf("it is of step %d", state.Step)
	}
	if err := r.belongs(state); err != nil {
		return nil, nil, err
	}
	return state, files, nil
}

// Unsound is the error for a checkpoint that is torn or was altered. Its content must not be used.
type Unsound struct{ Why string }

func (e *Unsound) Error() string { return e.Why }

func unsound(format string, args ...any) error { return &Unsound{fmt.Sprintf(format, args...)} }

// missing turns the error for a missing file into an Unsound. Other errors of the disk do not mean that
// the content is damaged.
func missing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return unsound("%v", err)
	}
	return err
}

// readChecked returns files of a checkpoint after comparing their sizes and hashes with the manifest.
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
