package run

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"braid/internal/regular"
)

const (
	formatVersion = 1
	stateFile     = "state.json"
	tensorsFile   = "tensors.safetensors"
	manifestFile  = "manifest.json"
)

// manifest lists the files of a checkpoint with their sizes and hashes.
type manifest struct {
	Files map[string]entry `json:"files"`
}

type entry struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

func checkpointName(step uint64) string { return fmt.Sprintf("step-%09d", step) }

// Save writes a checkpoint: the files and a manifest of their hashes into a temporary directory, a sync of
// each, the rename, a sync of the parent directory. An error or a crash at any point leaves the earlier
// checkpoints unchanged. A checkpoint of the same step is replaced.
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
	state.ParamsSHA256 = HashParams(c.Params)
	state.OptimizerSteps, state.OptimizerUpdates = c.Optimizer.Steps, c.Optimizer.Updates
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

// hashing writes to a file, and counts and hashes the bytes.
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

// Latest reads the newest sound checkpoint whose best checkpoint is sound too into c, and that best checkpoint
// into best unless best is nil. best may share memory with c afterwards. It returns false if there is none. It
// calls skipped for each checkpoint that is torn or altered. A sound checkpoint of other rules or other data is
// not skipped, since the earlier ones are of the same run: Latest returns an error of type OtherRules or
// OtherData.
func (d *Dir) Latest(c, best *Checkpoint, skipped func(step uint64, why error)) (bool, error) {
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
		if IsForeign(err) {
			return false, err
		}
		skipped(step, err)
	}
	return false, nil
}

// Newest returns the step of the newest sound checkpoint whose best checkpoint is sound too, 0 if there is
// none. It does not check the shapes of tensors. Its errors are those of Latest.
func (r Reader) Newest() (uint64, error) {
	steps, err := r.Steps()
	if err != nil {
		return 0, err
	}
	for _, step := range slices.Backward(steps) {
		state, _, err := r.check(r.checkpoint(step), step)
		if err == nil && state.Best.Step != 0 && state.Best.Step != step {
			_, _, err = r.check(r.checkpoint(state.Best.Step), state.Best.Step)
		}
		if err == nil {
			return step, nil
		}
		if IsForeign(err) {
			return 0, err
		}
	}
	return 0, nil
}

func (d *Dir) loadBest(c, best *Checkpoint) error {
	switch c.Best.Step {
	case 0:
		return nil
	case c.Step:
		*best = *c
		return nil
	}
	if err := d.Load(c.Best.Step, best); err != nil {
		return fmt.Errorf("its best checkpoint, of step %d: %w", c.Best.Step, err)
	}
	return nil
}

// Prune removes all checkpoints except the last keep (at least one), and the best checkpoints and the candidates
// that these refer to.
func (d *Dir) Prune(keep int) error {
	steps, err := d.Steps()
	if err != nil {
		return err
	}
	cut := max(len(steps)-max(keep, 1), 0)
	needed := map[uint64]bool{}
	for _, step := range steps[cut:] {
		var s State
		if text, err := regular.Read(filepath.Join(d.checkpoint(step), stateFile), MaxState); err == nil &&
			json.Unmarshal(text, &s) == nil {
			needed[s.Best.Step] = true
			for _, c := range s.Candidates {
				needed[c.Step] = true
			}
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

// remove renames the checkpoint first, so that a crash does not leave half a checkpoint under its name.
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

// DropAfter removes the checkpoints after a step.
func (d *Dir) DropAfter(step uint64) error { return d.eachAfter(step, d.remove) }

// ClearAfter moves the checkpoints after a step out of the way; a resume has skipped them. It removes those
// that are torn or altered. It renames the others, which are sound but without their best checkpoint, or
// could not be read.
func (d *Dir) ClearAfter(step uint64) error {
	return d.eachAfter(step, func(step uint64) error {
		var damaged *Unsound
		if _, _, err := d.check(d.checkpoint(step), step); errors.As(err, &damaged) {
			return d.remove(step)
		}
		return d.setAside(step)
	})
}

func (d *Dir) eachAfter(step uint64, do func(step uint64) error) error {
	steps, err := d.Steps()
	if err != nil {
		return err
	}
	for _, s := range steps {
		if s > step {
			if err := do(s); err != nil {
				return err
			}
		}
	}
	return nil
}

// setAside renames a checkpoint to step-N.aside, or to step-N.aside-2 and so on if that name is taken.
func (d *Dir) setAside(step uint64) error {
	path := d.checkpoint(step)
	aside := path + ".aside"
	for n := 2; ; n++ {
		if _, err := os.Lstat(aside); errors.Is(err, fs.ErrNotExist) {
			break
		}
		aside = fmt.Sprintf("%s.aside-%d", path, n)
	}
	return os.Rename(path, aside)
}
