/* SPDX-License-Identifier: Apache-2.0
 *
 * Philox4x32-10 in vectors: a lane holds one block, and each word of the state is a vector. The
 * four words of a block are put side by side by unpacking, which works within 128 bits; the blocks
 * are given to the lanes in such an order that the vectors come out in theirs.
 *
 * Whoever includes this has defined RANDOM_NAME, the function; RANDOM_TARGET, its attribute; WORDS,
 * 32-bit words of a vector; VECTOR, its type; OP(name), the intrinsic; and these functions:
 *     vec_xor(a, b)          bitwise
 *     vec_odd(a, b)          the words at even places from a, at odd places from b
 *     vec_load, vec_store    of a vector at any address
 */

RANDOM_TARGET static inline void split_product(VECTOR x, VECTOR factor, VECTOR *high, VECTOR *low) {
    VECTOR even = OP(mul_epu32)(x, factor);
    VECTOR odd = OP(mul_epu32)(OP(srli_epi64)(x, 32), factor);
    *high = vec_odd(OP(srli_epi64)(even, 32), odd);
    *low = vec_odd(even, OP(slli_epi64)(odd, 32));
}

/* The lower half of the counter; lane 4 l + j of a vector holds block (WORDS / 4) j + l. */
RANDOM_TARGET static inline void begin_lanes(uint64_t block, VECTOR *low, VECTOR *high) {
    uint32_t lows[WORDS], highs[WORDS];
    for (uint64_t i = 0; i < WORDS; i++) {
        uint64_t number = block + i % 4 * (WORDS / 4) + i / 4;
        lows[i] = (uint32_t)number;
        highs[i] = (uint32_t)(number >> 32);
    }
    *low = vec_load(lows);
    *high = vec_load(highs);
}

RANDOM_TARGET static inline void store_blocks(const VECTOR word[4], uint32_t *to) {
    VECTOR ab = OP(unpacklo_epi32)(word[0], word[1]), cd = OP(unpacklo_epi32)(word[2], word[3]);
    vec_store(to, OP(unpacklo_epi64)(ab, cd));
    vec_store(to += WORDS, OP(unpackhi_epi64)(ab, cd));
    ab = OP(unpackhi_epi32)(word[0], word[1]), cd = OP(unpackhi_epi32)(word[2], word[3]);
    vec_store(to += WORDS, OP(unpacklo_epi64)(ab, cd));
    vec_store(to += WORDS, OP(unpackhi_epi64)(ab, cd));
}

RANDOM_TARGET static inline void turn(VECTOR word[4], uint32_t k, uint32_t l) {
    VECTOR p_high, p_low, q_high, q_low;
    split_product(word[0], OP(set1_epi32)((int)0xD2511F53u), &p_high, &p_low);
    split_product(word[2], OP(set1_epi32)((int)0xCD9E8D57u), &q_high, &q_low);
    word[0] = vec_xor(vec_xor(q_high, word[1]), OP(set1_epi32)((int)k));
    word[2] = vec_xor(vec_xor(p_high, word[3]), OP(set1_epi32)((int)l));
    word[1] = q_low;
    word[3] = p_low;
}

RANDOM_TARGET void RANDOM_NAME(yoke_random random, uint64_t block, size_t count, uint32_t *to) {
    for (size_t done = 0; done < count; done += WORDS) {
        uint32_t k = (uint32_t)random.seed, l = (uint32_t)(random.seed >> 32);
        VECTOR word[4];
        begin_lanes(block + done, &word[0], &word[1]);
        word[2] = OP(set1_epi32)((int)(uint32_t)random.stream);
        word[3] = OP(set1_epi32)((int)(uint32_t)(random.stream >> 32));
        for (int round = 0; round < 10; round++) {
            turn(word, k, l);
            k += 0x9E3779B9u;
            l += 0xBB67AE85u;
        }
        store_blocks(word, to + 4 * done);
    }
}
