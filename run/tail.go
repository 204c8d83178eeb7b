package run

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"braid/internal/regular"
)

// metricsUpTo returns the lines of a metrics file up to a step. If they exceed limit bytes, it returns the
// end of them, starting with the first line of a step.
func metricsUpTo(file string, step uint64, limit int64) ([]byte, error) {
	f, err := regular.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	// An eighth more than limit covers the lines after the checkpoint, which are few.
	start := max(info.Size()-limit-limit/8, 0)
	text := make([]byte, info.Size()-start)
	if _, err := f.ReadAt(text, start); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	text = text[:bytes.LastIndexByte(text, '\n')+1]
	for len(text) > 0 {
		last := bytes.LastIndexByte(text[:len(text)-1], '\n') + 1
		if at, ok := stepOf(text[last:]); ok && at <= step {
			break
		}
		text = text[:last]
	}
	if start == 0 && int64(len(text)) <= limit {
		return text, nil
	}
	return wholeSteps(text[max(int64(len(text))-limit, 0):]), nil
}

// wholeSteps removes lines from the beginning of text whose step may have lines before text.
func wholeSteps(text []byte) []byte {
	text = text[bytes.IndexByte(text, '\n')+1:] // the first line may be torn
	torn, _ := stepOf(text)
	for {
		end := bytes.IndexByte(text, '\n') + 1
		if at, ok := stepOf(text); end == 0 || ok && at != torn {
			return text
		}
		text = text[end:]
	}
}

// stepOf returns the step of the first line of text.
func stepOf(text []byte) (uint64, bool) {
	line, _, _ := bytes.Cut(text, []byte("\n"))
	var m struct{ Step uint64 }
	if json.Unmarshal(line, &m) != nil {
		return 0, false
	}
	return m.Step, true
}

// spanOf returns the steps of the first and of the last line.
func spanOf(text []byte) (first, last uint64, ok bool) {
	first, ok = stepOf(text)
	if !ok {
		return 0, 0, false
	}
	whole := strings.TrimSuffix(string(text), "\n")
	last, ok = stepOf([]byte(whole[strings.LastIndexByte(whole, '\n')+1:]))
	return first, last, ok
}

// pasteMetrics replaces the metrics by those of a copy. If the copy lacks the beginning, existing lines
// before its first step are kept; lacks describes the steps that are missing then.
func (d *Dir) pasteMetrics(step uint64, text []byte) (lacks string, err error) {
	first, last, ok := spanOf(text)
	if !ok && len(text) > 0 {
		return "", fmt.Errorf("%s cannot be read", MetricsFile)
	}
	if last > step {
		return "", fmt.Errorf("%s has lines up to step %d", MetricsFile, last)
	}
	if first > 1 {
		var have uint64
		var before bytes.Buffer
		_, _ = readLines(d.file(MetricsFile), func(line []byte) bool {
			at, ok := stepOf(line)
			if !ok || at >= first {
				return false
			}
			have = at
			before.Write(append(line, '\n'))
			return true
		})
		if have+1 < first {
			lacks = fmt.Sprintf("%s lacks steps %d to %d: the copy has its last %d MiB", MetricsFile, have+1, first-1,
				MaxMetrics>>20)
		}
		text = append(before.Bytes(), text...)
	}
	return lacks, d.WriteFile(MetricsFile, text)
}
