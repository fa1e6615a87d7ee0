# rivulet: title=Waves with matplotlib

# %% [markdown]
# # Waves with matplotlib
#
# Change `frequency` or `damping` and run that cell: the picture follows.
# numpy and matplotlib are fetched from this site when the first cell that imports them runs.

# %%
frequency = 3
damping = 0.4

# %%
import numpy as np
import matplotlib.pyplot as plt

# %%
x = np.linspace(0, 10, 1000)
wave = np.exp(-damping * x) * np.cos(frequency * x)

# %%
fig, ax = plt.subplots(figsize=(7, 3.2))
ax.plot(x, wave, color="#0f6674", linewidth=1.8)
ax.fill_between(x, np.exp(-damping * x), -np.exp(-damping * x), color="#0f6674", alpha=0.08)
ax.set_xlabel("time")
ax.set_ylabel("height")
ax.set_title(f"{frequency} rad/s, damped by {damping}")
ax.spines[["top", "right"]].set_visible(False)

# %%
crossings = np.flatnonzero(np.diff(np.sign(wave)))
print(f"It crosses zero {len(crossings)} times.")
