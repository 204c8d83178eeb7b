package runner

import (
	"encoding/json"
	"os"
)

// WriteJSON writes a report as JSON to the file that --json names. It does nothing if file is "".
func WriteJSON(file string, report any) error {
	if file == "" {
		return nil
	}
	b, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(b, '\n'), 0o644)
}
