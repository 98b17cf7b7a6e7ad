namespace Avion.Compute;

public static partial class VideoTokenEmbedding
{
    /// <summary>Patches with class token, positions and time steps; see <see cref="Forward"/>.</summary>
    /// <param name="tape">Where to record.</param>
    /// <param name="patches">[B·T·S, D].</param>
    /// <param name="classToken">[D], or null for none.</param>
    /// <param name="positions">[1 + S, D]; [S, D] without a class token.</param>
    /// <param name="time">[T, D], or null for none.</param>
    /// <param name="clipCount">B.</param>
    /// <param name="timeCount">T.</param>
    /// <param name="patchCount">S.</param>
    /// <returns>[B·(1 + T·S), D]; [B·T·S, D] without a class token.</returns>
    public static Tensor VideoTokens(this Tape tape, Tensor patches, Parameter? classToken, Parameter positions, Parameter? time,
        int clipCount, int timeCount, int patchCount)
    {
        VideoTokenShape shape = new(clipCount, timeCount, patchCount, classToken is null ? 0 : 1, patches.Shape.Columns);
        bool differentiable = tape.Wants(patches) || tape.Wants(classToken) || tape.Wants(positions) || tape.Wants(time);
        Tensor y = tape.Output(new Shape(shape.TokenCount, shape.Columns), differentiable);
        Forward(tape.Device, shape, patches, classToken?.Value ?? default, positions.Value, time?.Value ?? default, y);
        if (y.IsDifferentiable)
        {
            VideoTokenNode node = tape.Record<VideoTokenNode>(y);
            node.Shape = shape;
            node.Patches = patches;
            node.ClassToken = classToken;
            node.Positions = positions;
            node.Time = time;
        }

        return y;
    }

    private sealed class VideoTokenNode : Node
    {
        internal VideoTokenShape Shape;
        internal Tensor Patches;
        internal Parameter? ClassToken, Time;
        internal Parameter Positions = null!;

        internal override void Backward(Tape tape)
        {
            tape.TryGetGradient(Output, out Tensor dy);
            bool accumulate = false;
            Tensor dpatches = tape.Wants(Patches) ? tape.GradientFor(Patches, out accumulate) : default;
            VideoTokenEmbedding.Backward(tape.Device, Shape, dy, accumulate, dpatches, Gradient(tape, ClassToken),
                Gradient(tape, Positions), Gradient(tape, Time));
        }

        private static Tensor Gradient(Tape tape, Parameter? parameter) => tape.Wants(parameter) ? parameter!.Gradient : default;
    }
}
