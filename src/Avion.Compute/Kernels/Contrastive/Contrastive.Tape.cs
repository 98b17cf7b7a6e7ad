namespace Avion.Compute;

public static partial class Contrastive
{
    /// <summary>The symmetric contrastive loss of a batch: ½ (images find their texts + texts find their images).</summary>
    /// <param name="tape">Where to record.</param>
    /// <param name="image">[B, E], usually of length one each.</param>
    /// <param name="text">[B, E], row i belonging to image i.</param>
    /// <param name="logitScale">Scalar: the logarithm of the factor of the cosines.</param>
    /// <param name="accuracy">Scalar constant: the share of images whose largest logit is their own text's, 0 to 1.</param>
    /// <returns>Scalar.</returns>
    public static Tensor ContrastiveLoss(this Tape tape, Tensor image, Tensor text, Parameter logitScale, out Tensor accuracy) =>
        ContrastiveLoss(tape, image, text, image, text, logitScale, firstRow: 0, out accuracy);

    /// <summary>The contrastive loss of this rank's rows against the rows of all ranks; the mean
    /// over the ranks is the loss of the whole batch.</summary>
    /// <param name="tape">Where to record.</param>
    /// <param name="image">[b, E], this rank's.</param>
    /// <param name="text">[b, E], this rank's.</param>
    /// <param name="allImages">[n, E], gathered in rank order.</param>
    /// <param name="allTexts">[n, E], gathered in rank order.</param>
    /// <param name="logitScale">Scalar: the logarithm of the factor of the cosines.</param>
    /// <param name="firstRow">Where this rank's rows begin among the gathered.</param>
    /// <param name="accuracy">Scalar constant: the share of own images whose largest logit is their own text's, 0 to 1.</param>
    /// <returns>Scalar.</returns>
    public static Tensor ContrastiveLoss(this Tape tape, Tensor image, Tensor text, Tensor allImages, Tensor allTexts, Parameter logitScale,
        int firstRow, out Tensor accuracy)
    {
        int b = image.Shape.Rows;
        Check.SameShape("ContrastiveLoss", nameof(image), image, nameof(text), text);
        Check.SameShape("ContrastiveLoss", nameof(allImages), allImages, nameof(allTexts), allTexts);
        if (b == 0)
        {
            throw new ArgumentException("ContrastiveLoss: the batch is empty; expected at least one pair of an image and a text.");
        }

        bool differentiable = tape.Wants(image) || tape.Wants(text) || tape.Wants(allImages) || tape.Wants(allTexts)
            || tape.Wants(logitScale);
        Tensor loss = tape.LossOutput(differentiable);
        accuracy = tape.AllocateStatistics(Shape.Scalar);
        Tensor imageLse = tape.AllocateStatistics(new Shape(b)), textLse = tape.AllocateStatistics(new Shape(b));
        Tensor rowTerms = tape.AllocateStatistics(new Shape(2, b));
        tape.Device.Clear(loss);
        Forward(tape.Device, image, allTexts, logitScale.Master, firstRow, 0.5f, rowTerms, imageLse, loss, accuracy);
        Forward(tape.Device, text, allImages, logitScale.Master, firstRow, 0.5f, rowTerms, textLse, loss, default);
        if (loss.IsDifferentiable)
        {
            ContrastiveNode node = tape.Record<ContrastiveNode>(loss);
            (node.Image, node.Text, node.AllImages, node.AllTexts) = (image, text, allImages, allTexts);
            (node.ImageLse, node.TextLse, node.RowTerms) = (imageLse, textLse, rowTerms);
            (node.LogitScale, node.FirstRow) = (logitScale, firstRow);
        }

        return loss;
    }

    private sealed class ContrastiveNode : Node
    {
        internal Tensor Image, Text, AllImages, AllTexts, ImageLse, TextLse, RowTerms;
        internal Parameter LogitScale = null!;
        internal int FirstRow;

        internal override void Backward(Tape tape)
        {
            tape.TryGetGradient(Output, out Tensor dloss);
            BackwardDirection(tape, dloss, Image, AllTexts, ImageLse);
            BackwardDirection(tape, dloss, Text, AllImages, TextLse);
        }

        private void BackwardDirection(Tape tape, Tensor dloss, Tensor x, Tensor y, Tensor lse)
        {
            bool accumulate = false;
            if (tape.Wants(x) || tape.Wants(LogitScale))
            {
                Tensor dx = tape.Wants(x) ? tape.GradientFor(x, out accumulate) : default;
                BackwardRows(tape.Device, dloss, x, y, LogitScale.Master, FirstRow, 0.5f, lse, RowTerms, accumulate, dx,
                    tape.Wants(LogitScale) ? LogitScale.Gradient : default);
            }

            if (tape.Wants(y))
            {
                Tensor dy = tape.GradientFor(y, out accumulate);
                BackwardColumns(tape.Device, dloss, x, y, LogitScale.Master, FirstRow, 0.5f, lse, accumulate, dy);
            }
        }
    }
}
