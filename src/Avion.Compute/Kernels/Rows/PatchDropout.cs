// B clips · C class tokens a clip (0 or 1) · S patches a clip · R patches kept a clip

namespace Avion.Compute;

/// <summary>Draws which patch tokens of each clip a training step keeps; <see cref="Rows.GatherRows"/> then picks their rows.</summary>
/// <remarks>
/// Of S patches max(1, ⌊S · (1 - rate)⌋) are kept, each subset equally likely, in their order; the class token always stays. Draws
/// depend on (seed, position in the run, number of the clip over all ranks) alone. Positions are added before, so that a kept token keeps
/// its place.
/// Source: Liu et al. 2023, "PatchDropout: economizing vision transformers" (arXiv:2208.07220).
/// </remarks>
public static class PatchDropout
{
    private const string Purpose = "patch dropout";
    private const int CudaThreads = 32;

    // Draws have no element type: the one variant bears float32's name.
    private static readonly CudaKernel s_draw = new("PatchDropout", "patch_dropout");

    /// <summary>R.</summary>
    public static int KeptCount(int patchCount, double rate) => rate is >= 0 and < 1
        ? Math.Max(Math.Min(1, patchCount), (int)(patchCount * (1 - rate)))
        : throw new ArgumentOutOfRangeException(nameof(rate), rate, "PatchDropout: the rate must be at least 0 and below 1.");

    /// <summary>Writes the numbers of the kept rows on the device, clip by clip.</summary>
    /// <param name="tape">The step's, whose draws are keyed in device memory.</param>
    /// <param name="clipCount">B.</param>
    /// <param name="classTokenCount">C.</param>
    /// <param name="patchCount">S.</param>
    /// <param name="rate">Share of patches that are dropped.</param>
    /// <returns>Int32 [B · (C + R)].</returns>
    public static unsafe Tensor DrawKeptRows(this Tape tape, int clipCount, int classTokenCount, int patchCount, double rate)
    {
        Tensor rows = tape.Allocate(
            new Shape(checked(clipCount * (classTokenCount + KeptCount(patchCount, rate)))), ElementType.Int32);
        using OperationScope scope = tape.Device.Begin("PatchDropout.Draw", 0, rows.ByteCount);
        switch (tape.Device)
        {
            case HostDevice:
                Draw(*(StepDraws*)tape.Draws.Data, clipCount, classTokenCount, patchCount, rate,
                    new Span<int>((void*)rows.Data, (int)rows.Count));
                break;
            case CudaDevice cuda:
                cuda.Launch(s_draw, ElementType.Float32, CudaGrid.Over(clipCount, CudaThreads), CudaThreads,
                [
                    tape.Draws.Data, (long)CounterRandom.Hash(Purpose), clipCount, classTokenCount, patchCount, KeptCount(patchCount, rate),
                    rows.Data,
                ]);
                break;
            default:
                tape.Device.RequirePlanning("PatchDropout.Draw");
                break;
        }

        return rows;
    }

    /// <summary>Writes the numbers of the kept rows, clip by clip.</summary>
    /// <param name="context">The step, by which draws are keyed.</param>
    /// <param name="clipCount">B.</param>
    /// <param name="classTokenCount">C.</param>
    /// <param name="patchCount">S.</param>
    /// <param name="rate">Share of patches that are dropped.</param>
    /// <param name="rows">[B · (C + R)].</param>
    public static void Draw(in StepContext context, int clipCount, int classTokenCount, int patchCount, double rate,
        Span<int> rows) =>
        Draw(StepDraws.Of(context), clipCount, classTokenCount, patchCount, rate, rows);

    private static void Draw(in StepDraws draws, int clipCount, int classTokenCount, int patchCount, double rate, Span<int> rows)
    {
        int kept = KeptCount(patchCount, rate), tokensPerClip = classTokenCount + patchCount;
        if (rows.Length != clipCount * (classTokenCount + kept))
        {
            throw new ArgumentException($"PatchDropout: there is room for {rows.Length} rows, "
                + $"expected {clipCount} · ({classTokenCount} + {kept}).");
        }

        int next = 0;
        for (int clip = 0; clip < clipCount; clip++)
        {
            CounterRandom random = CounterRandom.For(
                draws.Seed, Purpose, draws.Position, (ulong)(draws.FirstSample + (clip * draws.SampleStride)));
            for (int token = 0; token < classTokenCount; token++)
            {
                rows[next++] = (clip * tokensPerClip) + token;
            }

            // Selection sampling (Knuth, volume 2, algorithm 3.4.2 S): in order, and every subset equally likely.
            int wanted = kept;
            for (int patch = 0; patch < patchCount && wanted > 0; patch++)
            {
                if (random.Next(patchCount - patch) < wanted)
                {
                    rows[next++] = (clip * tokensPerClip) + classTokenCount + patch;
                    wanted--;
                }
            }
        }
    }
}
