namespace Avion.Compute;

public static partial class SigmoidContrastive
{
    /// <summary>The sigmoid contrastive loss of images and texts; see <see cref="Forward"/>.</summary>
    /// <param name="tape">Where to record.</param>
    /// <param name="image">[b, E], this rank's, usually of length one each.</param>
    /// <param name="text">[n, E]: as many as images, or with several ranks those of all, gathered in rank order.</param>
    /// <param name="logitScale">Scalar: the logarithm of the factor of the cosines; the paper starts at ln 10.</param>
    /// <param name="logitBias">Scalar; the paper starts at -10, the share of pairs that belong together.</param>
    /// <param name="firstRow">Which text belongs to the first image.</param>
    /// <returns>Scalar.</returns>
    public static Tensor SigmoidContrastiveLoss(this Tape tape, Tensor image, Tensor text, Parameter logitScale, Parameter logitBias,
        int firstRow = 0)
    {
        int b = image.Shape.Rows;
        if (b == 0)
        {
            throw new ArgumentException("SigmoidContrastiveLoss: the batch is empty; expected at least one image.");
        }

        bool differentiable = tape.Wants(image) || tape.Wants(text) || tape.Wants(logitScale) || tape.Wants(logitBias);
        Tensor loss = tape.LossOutput(differentiable);
        Tensor rowTerms = tape.AllocateStatistics(new Shape(2, b));
        Forward(tape.Device, image, text, logitScale.Master, logitBias.Master, firstRow, rowTerms, loss);
        if (loss.IsDifferentiable)
        {
            SigmoidContrastiveNode node = tape.Record<SigmoidContrastiveNode>(loss);
            (node.Image, node.Text, node.RowTerms, node.FirstRow) = (image, text, rowTerms, firstRow);
            (node.LogitScale, node.LogitBias) = (logitScale, logitBias);
        }

        return loss;
    }

    private sealed class SigmoidContrastiveNode : Node
    {
        internal Tensor Image, Text, RowTerms;
        internal Parameter LogitScale = null!, LogitBias = null!;
        internal int FirstRow;

        internal override void Backward(Tape tape)
        {
            tape.TryGetGradient(Output, out Tensor dloss);
            bool accumulatesRows = false, accumulatesColumns = false;
            Tensor dx = tape.Wants(Image) ? tape.GradientFor(Image, out accumulatesRows) : default;
            Tensor dy = tape.Wants(Text) ? tape.GradientFor(Text, out accumulatesColumns) : default;
            SigmoidContrastive.Backward(tape.Device, dloss, Image, Text, LogitScale.Master, LogitBias.Master, FirstRow, RowTerms,
                accumulatesRows, dx, accumulatesColumns, dy, tape.Wants(LogitScale) ? LogitScale.Gradient : default,
                tape.Wants(LogitBias) ? LogitBias.Gradient : default);
        }
    }
}
