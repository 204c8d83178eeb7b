package run

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"braid/nn"
	"braid/nn/optim"
)

const (
	formatVersion = 1
	stateFile     = "state.json"
	tensorsFile   = "tensors.safetensors"
	manifestFile  = "manifest.json"
)

// manifest lists the files of a checkpoint with their hashes; the checkpoint's own hash
// is that of the manifest.
type manifest struct {
	Files map[string]entry `json:"files"`
}

type entry struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

func checkpointName(step uint64) string { return fmt.Sprintf("step-%09d", step) }

func (d *Dir) checkpoint(step uint64) string {
	return filepath.Join(d.Path, CheckpointsDir, checkpointName(step))
}

// Save writes a checkpoint: files into a temporary directory, each synced, a manifest of
// their hashes, then the rename, then the parent synced. After an error or a crash at any
// point the earlier checkpoints are as they were. A checkpoint of the same step is replaced.
func (d *Dir) Save(c *Checkpoint) error {
	err := publish(d.checkpoint(c.Step), func(dir string) error { return writeCheckpoint(dir, d.hash, c) })
	if err != nil {
		return fmt.Errorf("checkpoint of step %d: %w", c.Step, err)
	}
	return nil
}

func writeCheckpoint(dir, hash string, c *Checkpoint) error {
	state := c.State
	state.Format, state.JobHash = formatVersion, hash
	state.ParamsSHA256, state.OptimizerSteps = HashParams(c.Params), c.Optimizer.Steps
	text, err := json.MarshalIndent(state, "", "  ")
	if err != nil {
		return err
	}
	m := manifest{Files: map[string]entry{}}
	if m.Files[stateFile], err = writeHashed(filepath.Join(dir, stateFile), func(w *bufio.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	}); err != nil {
		return err
	}
	if m.Files[tensorsFile], err = writeHashed(filepath.Join(dir, tensorsFile), func(w *bufio.Writer) error {
		return writeTensors(w, c.Params, c.Optimizer)
	}); err != nil {
		return err
	}
	text, err = json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, manifestFile), append(text, '\n'), 0o644)
}

// hashing counts and hashes what passes through to a file.
type hashing struct {
	file *os.File
	sum  interface{ Write([]byte) (int, error) }
	size int64
}

func (h *hashing) Write(p []byte) (int, error) {
	n, err := h.file.Write(p)
	h.sum.Write(p[:n])
	h.size += int64(n)
	return n, err
}

func writeHashed(path string, write func(*bufio.Writer) error) (entry, error) {
	f, err := os.Create(path)
	if err != nil {
		return entry{}, err
	}
	sum := sha256.New()
	h := &hashing{file: f, sum: sum}
	w := bufio.NewWriterSize(h, 1<<20)
	if err := errors.Join(write(w), w.Flush(), f.Close()); err != nil {
		return entry{}, err
	}
	return entry{h.size, hex.EncodeToString(sum.Sum(nil))}, nil
}

// Steps lists the steps of the checkpoints that are there, ascending, sound or not.
func (d *Dir) Steps() ([]uint64, error) {
	entries, err := os.ReadDir(d.file(CheckpointsDir))
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
func (d *Dir) Load(step uint64, c *Checkpoint) error {
	dir := d.checkpoint(step)
	files, err := readChecked(dir)
	if err != nil {
		return err
	}
	var state State
	if err := json.Unmarshal(files[stateFile], &state); err != nil {
		return fmt.Errorf("%s: %w", stateFile, err)
	}
	switch {
	case state.Format != formatVersion:
		return fmt.Errorf("has format %d, this program reads %d", state.Format, formatVersion)
	case state.JobHash != d.hash:
		return fmt.Errorf("is of another job (hash %.12s, want %.12s)", state.JobHash, d.hash)
	case state.Step != step:
		return fmt.Errorf("is of step %d", state.Step)
	case len(state.OptimizerSteps) != len(c.Params.Groups):
		return fmt.Errorf("has step counts of %d groups, want %d", len(state.OptimizerSteps), len(c.Params.Groups))
	}
	if err := readTensors(files[tensorsFile], c.Params, c.Optimizer); err != nil {
		return fmt.Errorf("%s: %w", tensorsFile, err)
	}
	if sum := HashParams(c.Params); sum != state.ParamsSHA256 {
		return fmt.Errorf("parameters have hash %.12s, want %.12s", sum, state.ParamsSHA256)
	}
	c.State = state
	c.Optimizer.Steps = state.OptimizerSteps
	return nil
}

// readChecked returns the files of a checkpoint if all are as its manifest says.
func readChecked(dir string) (map[string][]byte, error) {
	text, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if err != nil {
		return nil, err
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("%s: %w", manifestFile, err)
	}
	files := map[string][]byte{}
	for _, name := range []string{stateFile, tensorsFile} {
		want, ok := m.Files[name]
		if !ok {
			return nil, fmt.Errorf("%s does not list %s", manifestFile, name)
		}
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		if info.Size() != want.Size {
			return nil, fmt.Errorf("%s has %d bytes, want %d: torn", name, info.Size(), want.Size)
		}
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != want.SHA256 {
			return nil, fmt.Errorf("%s has hash %x…, want %.12s…: altered", name, sum[:6], want.SHA256)
		}
		files[name] = content
	}
	return files, nil
}

// Latest fills c from the newest sound checkpoint whose best one is sound too, and best,
// if not nil, with the parameters of that best. It reports false when there is none.
// What is torn or altered is skipped, and skipped is called with why.
func (d *Dir) Latest(c *Checkpoint, best *nn.ParamSet, skipped func(step uint64, why error)) (bool, error) {
	steps, err := d.Steps()
	if err != nil {
		return false, err
	}
	for _, step := range slices.Backward(steps) {
		err := d.Load(step, c)
		if err == nil && best != nil {
			err = d.loadBest(c, best)
		}
		if err == nil {
			return true, nil
		}
		skipped(step, err)
	}
	return false, nil
}

func (d *Dir) loadBest(c *Checkpoint, best *nn.ParamSet) error {
	switch c.Best.Step {
	case 0:
		return nil
	case c.Step:
		best.CopyFrom(c.Params)
		return nil
	}
	b := Checkpoint{Params: best, Optimizer: optim.State{Tensors: scratchLike(c.Optimizer.Tensors)}}
	if err := d.Load(c.Best.Step, &b); err != nil {
		return fmt.Errorf("its best step %d: %w", c.Best.Step, err)
	}
	return nil
}

func scratchLike(tensors []optim.Tensor) []optim.Tensor {
	out := slices.Clone(tensors)
	for i := range out {
		out[i].Data = make([]float32, len(out[i].Data))
	}
	return out
}

// Prune removes checkpoints but the last keep (at least one) and the best steps that
// these name.
func (d *Dir) Prune(keep int) error {
	steps, err := d.Steps()
	if err != nil {
		return err
	}
	cut := max(len(steps)-max(keep, 1), 0)
	needed := map[uint64]bool{}
	for _, step := range steps[cut:] {
		var s State
		if text, err := os.ReadFile(filepath.Join(d.checkpoint(step), stateFile)); err == nil && json.Unmarshal(text, &s) == nil {
			needed[s.Best.Step] = true
		}
	}
	for _, step := range steps[:cut] {
		if needed[step] {
			continue
		}
		if err := d.remove(step); err != nil {
			return err
		}
	}
	return nil
}

// remove takes the name away first, so that a crash in the middle leaves no half checkpoint.
func (d *Dir) remove(step uint64) error {
	path := d.checkpoint(step)
	aside := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".tmp-old")
	atPoint()
	if err := os.Rename(path, aside); err != nil {
		return err
	}
	atPoint()
	return os.RemoveAll(aside)
}

// DropAfter removes the checkpoints of later steps: what was skipped as torn at a resume
// is not to be met again.
func (d *Dir) DropAfter(step uint64) error {
	steps, err := d.Steps()
	if err != nil {
		return err
	}
	for _, s := range steps {
		if s > step {
			if err := d.remove(s); err != nil {
				return err
			}
		}
	}
	return nil
}
