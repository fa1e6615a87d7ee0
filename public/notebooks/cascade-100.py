# rivulet: title=A cascade of a hundred cells

# %% [markdown]
# # A cascade of a hundred cells
#
# Every cell below reads the one before it. Run the first one, and watch the wave go through: each cell waits, runs and
# finishes, and each of these is painted, however short it is. One in ten takes 20 ms; the others nearly nothing.

# %%
v0 = 1

# %%
v1 = v0 + 1

# %%
v2 = v1 + 1

# %%
v3 = v2 + 1

# %%
v4 = v3 + 1

# %%
import time as _time

_time.sleep(0.02)
v5 = v4 + 1

# %%
v6 = v5 + 1

# %%
v7 = v6 + 1

# %%
v8 = v7 + 1

# %%
v9 = v8 + 1

# %%
v10 = v9 + 1

# %%
v11 = v10 + 1

# %%
v12 = v11 + 1

# %%
v13 = v12 + 1

# %%
v14 = v13 + 1

# %%
import time as _time

_time.sleep(0.02)
v15 = v14 + 1

# %%
v16 = v15 + 1

# %%
v17 = v16 + 1

# %%
v18 = v17 + 1

# %%
v19 = v18 + 1

# %%
v20 = v19 + 1

# %%
v21 = v20 + 1

# %%
v22 = v21 + 1

# %%
v23 = v22 + 1

# %%
v24 = v23 + 1

# %%
import time as _time

_time.sleep(0.02)
v25 = v24 + 1

# %%
v26 = v25 + 1

# %%
v27 = v26 + 1

# %%
v28 = v27 + 1

# %%
v29 = v28 + 1

# %%
v30 = v29 + 1

# %%
v31 = v30 + 1

# %%
v32 = v31 + 1

# %%
v33 = v32 + 1

# %%
v34 = v33 + 1

# %%
import time as _time

_time.sleep(0.02)
v35 = v34 + 1

# %%
v36 = v35 + 1

# %%
v37 = v36 + 1

# %%
v38 = v37 + 1

# %%
v39 = v38 + 1

# %%
v40 = v39 + 1

# %%
v41 = v40 + 1

# %%
v42 = v41 + 1

# %%
v43 = v42 + 1

# %%
v44 = v43 + 1

# %%
import time as _time

_time.sleep(0.02)
v45 = v44 + 1

# %%
v46 = v45 + 1

# %%
v47 = v46 + 1

# %%
v48 = v47 + 1

# %%
v49 = v48 + 1

# %%
v50 = v49 + 1

# %%
v51 = v50 + 1

# %%
v52 = v51 + 1

# %%
v53 = v52 + 1

# %%
v54 = v53 + 1

# %%
import time as _time

_time.sleep(0.02)
v55 = v54 + 1

# %%
v56 = v55 + 1

# %%
v57 = v56 + 1

# %%
v58 = v57 + 1

# %%
v59 = v58 + 1

# %%
v60 = v59 + 1

# %%
v61 = v60 + 1

# %%
v62 = v61 + 1

# %%
v63 = v62 + 1

# %%
v64 = v63 + 1

# %%
import time as _time

_time.sleep(0.02)
v65 = v64 + 1

# %%
v66 = v65 + 1

# %%
v67 = v66 + 1

# %%
v68 = v67 + 1

# %%
v69 = v68 + 1

# %%
v70 = v69 + 1

# %%
v71 = v70 + 1

# %%
v72 = v71 + 1

# %%
v73 = v72 + 1

# %%
v74 = v73 + 1

# %%
import time as _time

_time.sleep(0.02)
v75 = v74 + 1

# %%
v76 = v75 + 1

# %%
v77 = v76 + 1

# %%
v78 = v77 + 1

# %%
v79 = v78 + 1

# %%
v80 = v79 + 1

# %%
v81 = v80 + 1

# %%
v82 = v81 + 1

# %%
v83 = v82 + 1

# %%
v84 = v83 + 1

# %%
import time as _time

_time.sleep(0.02)
v85 = v84 + 1

# %%
v86 = v85 + 1

# %%
v87 = v86 + 1

# %%
v88 = v87 + 1

# %%
v89 = v88 + 1

# %%
v90 = v89 + 1

# %%
v91 = v90 + 1

# %%
v92 = v91 + 1

# %%
v93 = v92 + 1

# %%
v94 = v93 + 1

# %%
import time as _time

_time.sleep(0.02)
v95 = v94 + 1

# %%
v96 = v95 + 1

# %%
v97 = v96 + 1

# %%
v98 = v97 + 1

# %%
v99 = v98 + 1
v99
