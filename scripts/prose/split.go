package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"
)

// class is the kind of text.
type class string

const (
	comment  class = "comments"
	message  class = "messages"
	document class = "docs"
)

// block is a piece of prose and the line on which it begins.
type block struct {
	class class
	line  int
	text  string
}

// split returns the prose of a file, by its extension.
func split(name string, text []byte) ([]block, error) {
	switch filepath.Ext(name) {
	case ".go":
		return splitGo(name, text)
	case ".md":
		return splitMarkdown(string(text)), nil
	default:
		return splitShell(string(text)), nil
	}
}

func splitGo(name string, text []byte) ([]block, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, text, parser.ParseComments)
	if err != nil {
		return nil, fmt.Errorf("parse: %w", err)
	}
	if ast.IsGenerated(file) {
		return nil, nil
	}
	var blocks []block
	for _, group := range file.Comments {
		blocks = append(blocks, block{comment, fset.Position(group.Pos()).Line, group.Text()})
	}
	if strings.HasSuffix(name, "_test.go") {
		return blocks, nil
	}
	ast.Inspect(file, func(n ast.Node) bool {
		literal, ok := n.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			return true
		}
		if s, err := strconv.Unquote(literal.Value); err == nil && strings.Contains(strings.TrimSpace(s), " ") {
			blocks = append(blocks, block{message, fset.Position(literal.Pos()).Line, s})
		}
		return true
	})
	return blocks, nil
}

func splitMarkdown(text string) []block {
	var blocks []block
	inCode := false
	for i, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			inCode = !inCode
			continue
		}
		if inCode || strings.TrimSpace(line) == "" {
			continue
		}
		// A paragraph is one block, so that a phrase may cross its lines.
		if n := len(blocks); n > 0 && blocks[n-1].line+strings.Count(blocks[n-1].text, "\n")+1 == i+1 {
			blocks[n-1].text += "\n" + line
			continue
		}
		blocks = append(blocks, block{document, i + 1, line})
	}
	return blocks
}

func splitShell(text string) []block {
	var blocks []block
	for i, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimSpace(line)
		if strings.HasPrefix(trimmed, "#") && !strings.HasPrefix(trimmed, "#!") {
			blocks = append(blocks, block{comment, i + 1, strings.TrimLeft(trimmed, "# ")})
		}
	}
	return blocks
}

// longLines returns the numbers of the lines of more than maxColumns characters.
// Tables of Markdown, whose rows cannot be broken, and generated Go files are exempt.
func longLines(name string, text []byte) []int {
	markdown := filepath.Ext(name) == ".md"
	if filepath.Ext(name) == ".go" && strings.Contains(string(text[:min(len(text), 500)]), "Code generated") {
		return nil
	}
	var long []int
	for i, line := range strings.Split(string(text), "\n") {
		if utf8.RuneCountInString(line) > maxColumns && !(markdown && strings.HasPrefix(line, "|")) {
			long = append(long, i+1)
		}
	}
	return long
}
