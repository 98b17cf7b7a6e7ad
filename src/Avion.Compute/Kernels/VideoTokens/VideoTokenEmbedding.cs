// B clips · T time steps · S patches a time step · C class tokens a clip (0 or 1) · D columns (width)
namespace Avion.Compute;

/// <summary>Makes a vision transformer's input: class token, position of each patch in its frame, and time step.</summary>
/// <remarks>
/// Forward: y[b, 0] = class + positions[0]; y[b, C + t·S + s] = patches[b, t, s] + positions[C + s] + time[t].
/// Without a class token C = 0 and the first row is a patch's; without a time table its term is absent.
/// Backward: dpatches = dy at the patches; dclass += Σ_b dy[b, 0]; dpositions[0] += the same; dpositions[C + s] += Σ_bt dy;
/// dtime[t] += Σ_bs dy.
/// Shapes: patches [B·T·S, D]; class [D]; positions [C + S, D]; time [T, D]; y [B·(C + T·S), D].
/// Numerics: every sum runs in the order of its tokens, one row of a table (or block of columns) a chunk, for any number of threads.
/// Cost: 2 operations an element each way; forward 2 elements of traffic an element, backward 4.
/// Source: the space-time embedding of Bertasius, Wang, Torresani 2021 (arXiv:2102.05095), section 3.
/// </remarks>
public static partial class VideoTokenEmbedding
{
    /// <summary>Writes the tokens.</summary>
    public static unsafe void Forward(Device device, in VideoTokenShape shape, Tensor patches, Tensor classToken, Tensor positions,
        Tensor time, Tensor y)
    {
        shape.CheckShapes("VideoTokenEmbedding.Forward", patches, positions, time, y);
        using OperationScope scope = device.Begin("VideoTokenEmbedding.Forward", 2 * y.Count, 2 * y.ByteCount);
        switch (device)
        {
            case CpuDevice cpu when y.Type == ElementType.BFloat16:
                CpuForward<BFloat16>(cpu, shape, patches, classToken, positions, time, y);
                break;
            case CpuDevice cpu:
                CpuForward<float>(cpu, shape, patches, classToken, positions, time, y);
                break;
            case ReferenceDevice:
                ReferenceForward(shape, (double*)patches.Data, (double*)classToken.Data, (double*)positions.Data, (double*)time.Data,
                    (double*)y.Data);
                break;
            case CudaDevice cuda:
                CudaForward(cuda, shape, patches, classToken, positions, time, y);
                break;
            default:
                device.RequirePlanning("VideoTokenEmbedding.Forward");
                break;
        }
    }

    /// <summary>Writes or adds to dpatches, adds to the gradients of the tables; each may be absent.</summary>
    public static unsafe void Backward(Device device, in VideoTokenShape shape, Tensor dy, bool accumulate, Tensor dpatches,
        Tensor dclassToken, Tensor dpositions, Tensor dtime)
    {
        shape.CheckShapes("VideoTokenEmbedding.Backward", dpatches, dpositions, dtime, dy);
        using OperationScope scope = device.Begin("VideoTokenEmbedding.Backward", 2 * dy.Count, 4 * dy.ByteCount);
        switch (device)
        {
            case CpuDevice cpu when dy.Type == ElementType.BFloat16:
                CpuBackward<BFloat16>(cpu, shape, dy, accumulate, dpatches, dclassToken, dpositions, dtime);
                break;
            case CpuDevice cpu:
                CpuBackward<float>(cpu, shape, dy, accumulate, dpatches, dclassToken, dpositions, dtime);
                break;
            case ReferenceDevice:
                ReferenceBackward(shape, (double*)dy.Data, accumulate, (double*)dpatches.Data, (double*)dclassToken.Data,
                    (double*)dpositions.Data, (double*)dtime.Data);
                break;
            case CudaDevice cuda:
                CudaBackward(cuda, shape, dy, accumulate, dpatches, dclassToken, dpositions, dtime);
                break;
            default:
                device.RequirePlanning("VideoTokenEmbedding.Backward");
                break;
        }
    }
}

/// <summary>The extents of a batch of video tokens.</summary>
/// <param name="ClipCount">B.</param>
/// <param name="TimeCount">T.</param>
/// <param name="PatchCount">S, patches a time step.</param>
/// <param name="ClassTokenCount">C: 1 with a class token, else 0.</param>
/// <param name="Columns">D.</param>
public readonly record struct VideoTokenShape(int ClipCount, int TimeCount, int PatchCount, int ClassTokenCount, int Columns)
{
    /// <summary>Tokens of one clip: C + T · S.</summary>
    public int TokensPerClip => ClassTokenCount + (TimeCount * PatchCount);

    /// <summary>Tokens of all clips.</summary>
    public int TokenCount => checked(ClipCount * TokensPerClip);

    internal void CheckShapes(string operation, Tensor patches, Tensor positions, Tensor time, Tensor tokens)
    {
        CheckIfPresent(operation, nameof(patches), patches, new Shape(ClipCount * TimeCount * PatchCount, Columns));
        CheckIfPresent(operation, nameof(positions), positions, new Shape(ClassTokenCount + PatchCount, Columns));
        CheckIfPresent(operation, nameof(time), time, new Shape(TimeCount, Columns));
        Check.HasShape(operation, nameof(tokens), tokens, new Shape(TokenCount, Columns));
    }

    private static void CheckIfPresent(string operation, string name, Tensor tensor, Shape expected)
    {
        if (!tensor.IsAbsent)
        {
            Check.HasShape(operation, name, tensor, expected);
        }
    }
}
