/* SPDX-License-Identifier: Apache-2.0
 *
 * Sick: the program's regions are gcc's, and a library that it loads brings LLVM's runtime. Status
 * 7: there is none here.
 */
#include <dlfcn.h>

#include "tests/doctor/patient.h"

int main(int argc, char **argv) {
    double end = until_own(argc, argv, 0.6);
    if (!dlopen("libomp.so.5", RTLD_NOW)) return 7;
    while (own_seconds() < end) {
#pragma omp parallel num_threads(2)
        work(200000);
    }
    return 0;
}
