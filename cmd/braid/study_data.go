package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"braid/data"
	"braid/internal/regular"
	"braid/train"

	"github.com/google/renameio/v2"
)

// studyData holds the digest of the data in a study directory.
const studyData = "data.json"

// maxStudyData bounds the file, in bytes.
const maxStudyData = 16 << 20

// sameStudyData returns an error if the study directory has runs of other data. Otherwise it notes the data there.
func sameStudyData(dir string, s *train.Setup) error {
	path := filepath.Join(dir, studyData)
	text, err := regular.Read(path, maxStudyData)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("cannot create the study directory (%w): choose another with --out", err)
		}
		text, err := json.MarshalIndent(s.Data.Digest, "", "  ")
		if err != nil {
			return err
		}
		return renameio.WriteFile(path, append(text, '\n'), 0o644)
	} else if err != nil {
		return err
	}
	var was data.Digest
	if err := json.Unmarshal(text, &was); err != nil {
		return fmt.Errorf("%s: %w: remove %s and start again", path, err, dir)
	}
	if changes := s.Data.Digest.Differences(was); len(changes) > 0 {
		return fmt.Errorf("%s: the data differ from those of the study: %s: choose another directory with --out", dir,
			strings.Join(changes, "; "))
	}
	return nil
}
