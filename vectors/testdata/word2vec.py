"""Writes the binary form of word2vec from a text file of vectors, as word2vec.c writes it:
a line "rows dim", then for each row the word, a blank, dim float32 of the machine (little endian)
and a line end. word2vec.c: fprintf(fo, "%s ", word); fwrite(&syn0[...], sizeof(real), 1, fo); fprintf(fo, "\n").
"""
import struct
import sys

lines = open(sys.argv[1], encoding="utf-8").read().splitlines()
rows, dim = map(int, lines[0].split())
with open(sys.argv[2], "wb") as out:
    out.write(b"%d %d\n" % (rows, dim))
    for line in lines[1:]:
        word, *numbers = line.split()
        out.write(word.encode() + b" " + struct.pack("<%df" % dim, *map(float, numbers)) + b"\n")
