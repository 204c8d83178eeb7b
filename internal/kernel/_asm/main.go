// Command asm generates the assembly of package kernel with avo. Each run writes
// one part of one form:
//
//	go run . -form avx512 -part gemm -out ../gemm_avx512_amd64.s -stubs ../gemm_avx512_amd64.go -pkg kernel
package main

import (
	"flag"

	. "github.com/mmcloughlin/avo/build"
)

func main() {
	form := flag.String("form", "avx512", "avx512 or avx2")
	part := flag.String("part", "gemm", "gemm or vector")
	flag.Parse()
	f := newForm(*form)
	if *part == "gemm" {
		gemm(f)
	} else {
		vector(f)
	}
	Generate()
}
