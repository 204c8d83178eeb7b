package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/big"
	"strings"
)

// mutant is one small fault: text[lo:hi] of a file is replaced by with.
type mutant struct {
	file   string // path
	line   int
	lo, hi int
	with   string
	before string // the line, without blanks around it
	what   string // the change: "< to <=", or "< to <= #2" for the second of a line
}

// operators maps an operator to those that replace it.
var operators = map[token.Token][]token.Token{
	token.ADD: {token.SUB}, token.SUB: {token.ADD},
	token.MUL: {token.QUO}, token.QUO: {token.MUL}, token.REM: {token.MUL},
	token.LSS: {token.LEQ, token.GEQ}, token.LEQ: {token.LSS, token.GTR},
	token.GTR: {token.GEQ, token.LEQ}, token.GEQ: {token.GTR, token.LSS},
	token.EQL: {token.NEQ}, token.NEQ: {token.EQL},
	token.LAND: {token.LOR}, token.LOR: {token.LAND},
	token.AND: {token.OR}, token.OR: {token.AND},
	token.SHL: {token.SHR}, token.SHR: {token.SHL},
	token.ADD_ASSIGN: {token.SUB_ASSIGN}, token.SUB_ASSIGN: {token.ADD_ASSIGN},
	token.MUL_ASSIGN: {token.QUO_ASSIGN}, token.QUO_ASSIGN: {token.MUL_ASSIGN},
	token.AND_ASSIGN: {token.OR_ASSIGN}, token.OR_ASSIGN: {token.AND_ASSIGN},
	token.SHL_ASSIGN: {token.SHR_ASSIGN}, token.SHR_ASSIGN: {token.SHL_ASSIGN},
	token.INC: {token.DEC}, token.DEC: {token.INC},
}

// mutantsOf lists all mutants of a file in a fixed order.
func mutantsOf(file string, text []byte) ([]mutant, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, file, text, 0)
	if err != nil {
		return nil, err
	}
	c := &collector{file: file, text: text, fset: fset, seen: map[where]int{}}
	for _, d := range f.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
			continue
		}
		ast.Inspect(d, c.visit)
	}
	return c.all, nil
}

type collector struct {
	file string
	text []byte
	fset *token.FileSet
	all  []mutant
	seen map[where]int // so that equal changes of one line have names of their own
}

type where struct {
	line int
	what string
}

// visit adds the mutants of one node, and reports whether its parts are looked at.
func (c *collector) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		if f, ok := n.Fun.(*ast.Ident); ok && f.Name == "panic" {
			return false // only the message of a panic would change
		}
	case *ast.BinaryExpr:
		c.operator(n.OpPos, n.Op)
	case *ast.IncDecStmt:
		c.operator(n.TokPos, n.Tok)
		c.drop(n)
	case *ast.AssignStmt:
		c.operator(n.TokPos, n.Tok)
		if n.Tok != token.DEFINE {
			c.drop(n)
		}
	case *ast.ExprStmt:
		if _, ok := n.X.(*ast.CallExpr); ok && !isPanic(n.X) {
			c.drop(n)
		}
	case *ast.BranchStmt:
		if n.Label == nil && n.Tok != token.GOTO && n.Tok != token.FALLTHROUGH {
			c.drop(n)
		}
	case *ast.IfStmt:
		c.negate(n.Cond)
	case *ast.BasicLit:
		c.constant(n)
	case *ast.Ident:
		if other := map[string]string{"true": "false", "false": "true"}[n.Name]; other != "" {
			c.add(n.Pos(), n.End(), other, n.Name+" to "+other)
		}
	}
	return true
}

func isPanic(e ast.Expr) bool {
	call := e.(*ast.CallExpr)
	f, ok := call.Fun.(*ast.Ident)
	return ok && f.Name == "panic"
}

func (c *collector) operator(at token.Pos, op token.Token) {
	for _, other := range operators[op] {
		c.add(at, at+token.Pos(len(op.String())), other.String(), op.String()+" to "+other.String())
	}
}

func (c *collector) drop(n ast.Node) { c.add(n.Pos(), n.End(), "", "left out") }

func (c *collector) negate(cond ast.Expr) {
	text := string(c.text[c.offset(cond.Pos()):c.offset(cond.End())])
	c.add(cond.Pos(), cond.End(), "!("+text+")", "negated")
}

// constant puts a whole number off by one. A number with a fraction is doubled, 0 becomes 1.
func (c *collector) constant(l *ast.BasicLit) {
	switch l.Kind {
	case token.INT:
		v, ok := new(big.Int).SetString(l.Value, 0)
		if !ok {
			return
		}
		for _, d := range []int64{1, -1} {
			other := new(big.Int).Add(v, big.NewInt(d)).String()
			c.add(l.Pos(), l.End(), other, l.Value+" to "+other)
		}
	case token.FLOAT:
		if strings.Trim(l.Value, "0.") == "" {
			c.add(l.Pos(), l.End(), "1.0", l.Value+" to 1.0")
			return
		}
		c.add(l.Pos(), l.End(), "(2 * "+l.Value+")", l.Value+" doubled")
	}
}

func (c *collector) offset(p token.Pos) int { return c.fset.Position(p).Offset }

func (c *collector) add(lo, hi token.Pos, with, what string) {
	at := c.fset.Position(lo)
	c.seen[where{at.Line, what}]++
	if n := c.seen[where{at.Line, what}]; n > 1 {
		what += fmt.Sprintf(" #%d", n)
	}
	c.all = append(c.all, mutant{c.file, at.Line, at.Offset, c.offset(hi), with, lineOf(c.text, at.Offset), what})
}

// lineOf returns the line of text that holds byte at, without blanks around it.
func lineOf(text []byte, at int) string {
	lo := strings.LastIndexByte(string(text[:at]), '\n') + 1
	line, _, _ := strings.Cut(string(text[lo:]), "\n")
	return strings.TrimSpace(line)
}

// apply returns the text of the file with the fault.
func (m mutant) apply(text []byte) []byte {
	return []byte(string(text[:m.lo]) + m.with + string(text[m.hi:]))
}
