# Each kernel has a serial reference in its header, or the header names the one that serves; and the
# check sees what is missing.
$ $GOLDEN/references.py $ROOT
$ mkdir -p tree/scripts; cp -r $ROOT/include tree; cp $ROOT/scripts/layers tree/scripts; cd tree/include/yoke; sed -i 's/yoke_gather_##T##_ref/yoke_gathered_##T##_ref/' permute.h; sed -i 's/yoke_argsort_ref is/yoke_argsort_ref was/' sort.h; sed -i 's/yoke_vector_triad_ref is/yoke_vector_triads_ref is/' vector.h; sed -i 's/yoke_set_##kind##_##T##_ref/yoke_set_ref/' merge.h; cd ../../..; $GOLDEN/references.py tree
| merge.h: yoke_set_##kind has no reference
| permute.h: yoke_gather has no reference
| sort.h: yoke_argsort32 has no reference
| vector.h: there is no yoke_vector_triads_ref, which is to be the reference of yoke_vector_triad_nt
