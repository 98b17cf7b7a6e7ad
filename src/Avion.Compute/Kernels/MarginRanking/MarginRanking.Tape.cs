namespace Avion.Compute;

public static partial class MarginRanking
{
    /// <summary>The margin ranking loss of a batch: the mean over all pairs that do not
    /// belong together, in both directions.</summary>
    /// <param name="tape">Where to record.</param>
    /// <param name="image">[B, E], of length one each.</param>
    /// <param name="text">[B, E], row i belonging to image i.</param>
    /// <param name="rule">Which margin.</param>
    /// <param name="relevancy">[B, B]: row t, column v the relevancy of video v to text t; absent for a fixed margin.</param>
    /// <returns>Scalar.</returns>
    public static Tensor MarginRankingLoss(this Tape tape, Tensor image, Tensor text, MarginRule rule, Tensor relevancy = default) =>
        MarginRankingLoss(tape, image, text, image, text, rule, relevancy, firstRow: 0);

    /// <summary>The margin ranking loss of this rank's rows against the rows of all ranks; the mean
    /// over the ranks is the loss of the whole batch.</summary>
    /// <param name="tape">Where to record.</param>
    /// <param name="image">[b, E], this rank's.</param>
    /// <param name="text">[b, E], this rank's.</param>
    /// <param name="allImages">[n, E], gathered in rank order.</param>
    /// <param name="allTexts">[n, E], gathered in rank order.</param>
    /// <param name="rule">Which margin.</param>
    /// <param name="relevancy">[n, n]: row t, column v the relevancy of video v to text t; absent for a fixed margin.</param>
    /// <param name="firstRow">Where this rank's rows begin among the gathered.</param>
    /// <returns>Scalar.</returns>
    public static Tensor MarginRankingLoss(this Tape tape, Tensor image, Tensor text, Tensor allImages, Tensor allTexts, MarginRule rule,
        Tensor relevancy, int firstRow)
    {
        int b = image.Shape.Rows;
        Check.SameShape("MarginRankingLoss", nameof(image), image, nameof(text), text);
        Check.SameShape("MarginRankingLoss", nameof(allImages), allImages, nameof(allTexts), allTexts);
        if (b == 0)
        {
            throw new ArgumentException("MarginRankingLoss: the batch is empty; expected at least one pair of an image and a text.");
        }

        bool differentiable = tape.Wants(image) || tape.Wants(text) || tape.Wants(allImages) || tape.Wants(allTexts);
        Tensor loss = tape.LossOutput(differentiable);
        Tensor textTerms = tape.AllocateStatistics(new Shape(3, b)), imageTerms = tape.AllocateStatistics(new Shape(3, b));
        tape.Device.Clear(loss);
        Forward(tape.Device, text, allImages, rule, relevancy, transposesRelevancy: false, firstRow, 0.5f, textTerms, loss);
        Forward(tape.Device, image, allTexts, rule, relevancy, transposesRelevancy: true, firstRow, 0.5f, imageTerms, loss);
        if (loss.IsDifferentiable)
        {
            MarginRankingNode node = tape.Record<MarginRankingNode>(loss);
            (node.Image, node.Text, node.AllImages, node.AllTexts) = (image, text, allImages, allTexts);
            (node.Rule, node.Relevancy, node.FirstRow, node.TextTerms, node.ImageTerms) =
                (rule, relevancy, firstRow, textTerms, imageTerms);
        }

        return loss;
    }

    private sealed class MarginRankingNode : Node
    {
        internal Tensor Image, Text, AllImages, AllTexts, Relevancy, TextTerms, ImageTerms;
        internal MarginRule Rule;
        internal int FirstRow;

        internal override void Backward(Tape tape)
        {
            tape.TryGetGradient(Output, out Tensor dloss);
            BackwardDirection(tape, dloss, Text, AllImages, transposesRelevancy: false, TextTerms);
            BackwardDirection(tape, dloss, Image, AllTexts, transposesRelevancy: true, ImageTerms);
        }

        private void BackwardDirection(Tape tape, Tensor dloss, Tensor x, Tensor y, bool transposesRelevancy, Tensor rowTerms)
        {
            bool accumulatesRows = false, accumulatesColumns = false;
            Tensor dx = tape.Wants(x) ? tape.GradientFor(x, out accumulatesRows) : default;
            Tensor dy = tape.Wants(y) ? tape.GradientFor(y, out accumulatesColumns) : default;
            MarginRanking.Backward(tape.Device, dloss, x, y, Rule, Relevancy, transposesRelevancy, FirstRow, 0.5f, rowTerms,
                accumulatesRows, dx, accumulatesColumns, dy);
        }
    }
}
