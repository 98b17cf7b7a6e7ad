namespace Avion.Compute;

public static partial class VideoTokenEmbedding
{
    private static readonly CudaColumnKernel s_forward = Kernel("forward"), s_patches = Kernel("patches");
    private static readonly CudaColumnKernel s_positions = Kernel("positions"), s_times = Kernel("times");

    private static CudaColumnKernel Kernel(string part) => new("VideoTokenEmbedding", $"video_tokens_{part}");

    private static void CudaForward(CudaDevice cuda, in VideoTokenShape shape, Tensor patches, Tensor classToken, Tensor positions,
        Tensor time, Tensor y) =>
        s_forward.Launch(cuda, y.Type, shape.Columns, patches.Data | classToken.Data | positions.Data | time.Data | y.Data,
            CudaColumnKernel.WalkCount(shape.TokenCount),
            [
                shape.ClipCount, shape.TimeCount, shape.PatchCount, shape.ClassTokenCount, shape.Columns, patches.Data, classToken.Data,
                positions.Data, time.Data, y.Data,
            ]);

    private static unsafe void CudaBackward(CudaDevice cuda, in VideoTokenShape shape, Tensor dy, bool accumulate, Tensor dpatches,
        Tensor dclassToken, Tensor dpositions, Tensor dtime)
    {
        if (!dpatches.IsAbsent)
        {
            s_patches.Launch(cuda, dy.Type, shape.Columns, dy.Data | dpatches.Data,
                CudaColumnKernel.WalkCount(shape.ClipCount * shape.TimeCount * shape.PatchCount),
                [
                    shape.ClipCount, shape.TimeCount, shape.PatchCount, shape.ClassTokenCount, shape.Columns, dy.Data, accumulate,
                    dpatches.Data,
                ]);
        }

        if (!dclassToken.IsAbsent || !dpositions.IsAbsent)
        {
            s_positions.Launch(cuda, dy.Type, shape.Columns, dy.Data, shape.ClassTokenCount + (dpositions.IsAbsent ? 0 : shape.PatchCount),
                [
                    shape.ClipCount, shape.TimeCount, shape.PatchCount, shape.ClassTokenCount, shape.Columns, dy.Data, dclassToken.Data,
                    dpositions.Data,
                ]);
        }

        if (!dtime.IsAbsent)
        {
            int parts = CudaColumnKernel.PartCount(shape.ClipCount * shape.PatchCount);
            using ScratchLease scratch = cuda.Scratch.Take(parts * dtime.Count);
            s_times.Launch(cuda, dy.Type, shape.Columns, dy.Data, parts,
                [
                    shape.ClipCount, shape.TimeCount, shape.PatchCount, shape.ClassTokenCount, shape.Columns, dy.Data,
                    (nint)scratch.Floats,
                ], groups: shape.TimeCount);
            ColumnSum.CudaAddParts(cuda, (nint)scratch.Floats, parts, dtime);
        }
    }
}
