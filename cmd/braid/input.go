package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Bounds on the input that the program holds: the bytes of a line, and the number and bytes of lines that are
// answered together.
const (
	maxLine       = 16 << 20
	togetherLines = 256
	togetherBytes = 1 << 20
)

// lineReader reads lines of bounded length.
type lineReader struct {
	in *bufio.Reader
}

func newLineReader(r io.Reader) *lineReader { return &lineReader{bufio.NewReaderSize(r, 1<<16)} }

var errLineTooLong = fmt.Errorf("longer than %d bytes: write one text per line", maxLine)

// next returns the next line with its newline. For a line longer than maxLine it skips the line and returns
// errLineTooLong. After the last line it returns io.EOF.
func (l *lineReader) next() ([]byte, error) {
	var line []byte
	for length := 0; ; {
		part, err := l.in.ReadSlice('\n')
		if length += len(part); length <= maxLine {
			line = append(line, part...)
		} else {
			line = nil
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && (err != io.EOF || length == 0):
			return nil, err
		case length > maxLine:
			return nil, errLineTooLong
		}
		return line, nil
	}
}

// ready reports whether a complete line is buffered, so that next does not wait.
func (l *lineReader) ready() bool {
	arrived, _ := l.in.Peek(l.in.Buffered())
	return bytes.IndexByte(arrived, '\n') >= 0
}

// questions calls answer for the lines of r in their order: with one line at a time, or with several if they have
// already arrived. It returns the first error of answer or of reading.
func questions(r io.Reader, answer func([]question) error) error {
	in := newLineReader(r)
	for number := 1; ; {
		var together []question
		for bytes := 0; len(together) == 0 || len(together) < togetherLines && bytes < togetherBytes && in.ready(); number++ {
			line, err := in.next()
			if err != nil && err != errLineTooLong {
				if err == io.EOF {
					return nil
				}
				return err
			}
			bytes += len(line)
			together = append(together, askLine(number, line, err))
		}
		if err := answer(together); err != nil {
			return err
		}
	}
}
