# rivulet: title=Watch it run

# %% [markdown]
# # Watch it run
#
# The first cell sleeps for two seconds. The others read what it makes and take no time at all.
# Run the first cell twice, and watch: in the first moment all of them wait, the first one **runs** for its two seconds,
# and then each of the others is seen **running** before it is done, even though it takes under a millisecond.

# %%
import time

time.sleep(2)
a = time.strftime("%H:%M:%S")

# %%
b = f"B read {a}"
b

# %%
c = f"C read {a}"
c

# %%
f"{b}, {c}, and this cell read both"
