# rivulet: title=A tour in five minutes

# %% [markdown]
# # A tour in five minutes
#
# This is a **reactive** notebook: when a cell runs, every cell that depends on it runs too, in the right order.
# It lives in your browser. There is no server, and nothing that you write leaves this device.
#
# Press **Run all** at the top. The first time Python has to start, which takes a few seconds; you see how far it is.

# %%
price = 4
apples = 12

# %%
total = price * apples
total

# %% [markdown]
# ## Change one thing
#
# Change `price` above and press **Shift+Enter** in that cell.
# The cell with `total` runs by itself, since it reads `price`. The last line of a cell is shown below it.

# %%
print(f"{apples} apples cost {total}.")

# %% [markdown]
# ## Read the rail
#
# The line at the left of a cell and the word at its right say what the cell is doing:
#
# - **waiting**: it will run, and waits for its turn or for a cell that it reads;
# - **running**: Python is executing it now, and only one cell is running at any time;
# - **12 ms**: it ran, and took that long;
# - **an error's name**: it failed; cells that read from it are **blocked** and say whose failure it is;
# - **stale**: its code or something that it reads has changed since it ran.
#
# Run the next cell and watch the two below it wait, run and finish.

# %%
import time

time.sleep(1)
slow = apples + 1

# %%
double = slow * 2
double

# %%
half = slow / 2
half

# %% [markdown]
# ## Break something
#
# Change `divisor` to `0` and run it. The cell below fails, and the one after it is blocked and names the culprit.
# Everything else goes on. Change it back, and all of them recover.

# %%
divisor = 4

# %%
share = total / divisor
share

# %%
f"Everyone pays {share}"

# %% [markdown]
# ## The order on the page does not matter
#
# The next cell reads `greeting`, which is made below it. Rivulet knows, and runs them in the right order.

# %%
greeting + ", world"

# %%
greeting = "Hello"

# %% [markdown]
# ## What to know
#
# - A name belongs to one cell. If two cells make the same name, both tell you.
# - A name that begins with an underscore, like `_i`, is private to its cell.
# - **Stop** ends whatever runs. Values are made again when they are needed.
# - Every change is kept in this browser as you type. This notebook becomes your own copy with your first change.
