package job

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Bounds of a job file, checked before the parser runs. The parser's time and memory grow
// with the square of the nesting and of the length of a block mapping: 50 kB of brackets
// took 5 GB.
const (
	maxBytes   = 1 << 20 // a real job has a few thousand
	maxMarks   = 50_000  // characters that end a token or a line; each token takes some 300 bytes
	maxNesting = 16      // a real job has 4 levels
	maxEntries = 8_192   // of all block mappings together
)

// marks are the characters of YAML's tokens, and the end of a line.
const marks = "[]{},:?-&*!|>#%'\"\n"

func tooLarge(file string) error {
	return &Error{Position{File: file}, fmt.Sprintf("more than %d bytes is too large for a job file", maxBytes),
		"give the job, not the data"}
}

// decode drops a byte order mark. It refuses text that is not UTF-8.
func decode(file string, text []byte) ([]byte, error) {
	if bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) {
		return nil, &Error{Position{File: file}, "is UTF-16, not UTF-8", "convert it: iconv -f UTF-16 -t UTF-8 FILE > NEW"}
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	for line, rest := 1, text; len(rest) > 0; line++ {
		this, after, _ := bytes.Cut(rest, []byte("\n"))
		rest = after
		if at := bytes.IndexByte(this, 0); at >= 0 {
			return nil, &Error{Position{file, line, at + 1}, "a NUL byte: this is no text",
				"remove it; from UTF-16: iconv -f UTF-16 -t UTF-8 FILE > NEW"}
		}
		if !utf8.Valid(this) {
			return nil, &Error{Position{file, line, invalidUTF8(this) + 1}, "not UTF-8",
				"save the file as UTF-8 (from Latin-1: iconv -f LATIN1 -t UTF-8 FILE > NEW)"}
		}
	}
	return text, nil
}

// invalidUTF8 returns the index of the first byte that is not UTF-8.
func invalidUTF8(line []byte) int {
	at := 0
	for at < len(line) {
		r, n := utf8.DecodeRune(line[at:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		at += n
	}
	return at
}

// parseYAML checks the bounds and returns the syntax tree.
func parseYAML(file string, text []byte) (tree *ast.File, err error) {
	if at := beyondMarks(text); at >= 0 {
		line := 1 + bytes.Count(text[:at], []byte("\n"))
		col := at - bytes.LastIndexByte(text[:at], '\n')
		return nil, &Error{Position{file, line, col}, fmt.Sprintf("more than %d brackets, commas, colons and lines",
			maxMarks), "give the job, not the data"}
	}
	// Workers parse texts from the network. A panic in the parser must not end them.
	defer func() {
		if p := recover(); p != nil {
			tree, err = nil, &Error{Position{File: file}, fmt.Sprintf("not YAML: the parser fails (%v)", p),
				"write a job as those in examples/"}
		}
	}()
	tokens := lexer.Tokenize(string(text))
	if err := bounded(file, tokens); err != nil {
		return nil, err
	}
	if tree, err = parser.Parse(tokens, 0); err != nil {
		return nil, syntaxError(file, err)
	}
	return tree, nil
}

// beyondMarks returns the index of the first mark above maxMarks, or -1.
func beyondMarks(text []byte) int {
	n := 0
	for i, c := range text {
		if strings.IndexByte(marks, c) >= 0 {
			if n++; n > maxMarks {
				return i
			}
		}
	}
	return -1
}

// bounded refuses nesting and mappings above the bounds, and anchors, aliases, merges and
// tags.
func bounded(file string, tokens token.Tokens) error {
	var blocks []int // columns of the open block collections, ascending
	flow, entries := 0, 0
	for i, t := range tokens {
		column := 0 // of an entry of a block collection
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			flow++
		case token.MappingEndType, token.SequenceEndType:
			flow = max(flow-1, 0)
		case token.AnchorType, token.AliasType, token.TagType, token.MergeKeyType:
			return &Error{position(file, t), fmt.Sprintf("%q: a job has no anchors, aliases, merges or tags", t.Value),
				"write the value out"}
		case token.SequenceEntryType, token.MappingKeyType:
			column = t.Position.Column
		case token.MappingValueType:
			if i > 0 && flow == 0 {
				column = tokens[i-1].Position.Column
				entries++
			}
		}
		if column > 0 && flow == 0 {
			for len(blocks) > 0 && blocks[len(blocks)-1] >= column {
				blocks = blocks[:len(blocks)-1]
			}
			blocks = append(blocks, column)
		}
		switch {
		case flow+len(blocks) > maxNesting:
			return &Error{position(file, t), fmt.Sprintf("nested deeper than %d levels", maxNesting),
				"a job has 4: close the brackets, or remove some"}
		case entries > maxEntries:
			return &Error{position(file, t), fmt.Sprintf("more than %d keys", maxEntries), "give the job, not the data"}
		}
	}
	return nil
}

func syntaxError(file string, err error) error {
	// goccy's message starts with [line:column].
	msg := err.Error()
	var line, col int
	if n, _ := fmt.Sscanf(msg, "[%d:%d]", &line, &col); n == 2 {
		msg = msg[strings.Index(msg, "]")+1:]
	}
	msg, _, _ = strings.Cut(strings.TrimSpace(msg), "\n")
	return &Error{Position{file, line, col}, "not YAML: " + msg, "mend the syntax at this place"}
}
