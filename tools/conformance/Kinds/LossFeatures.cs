namespace Avion.ConformanceTool;

/// <summary>What one rank computes.</summary>
/// <param name="Loss">Its loss.</param>
/// <param name="Accuracy">Share of its clips that find their caption.</param>
/// <param name="FeatureGradient">Gradient of that loss with respect to the image features of all ranks.</param>
/// <param name="ScaleGradient">Gradient with respect to the scale.</param>
internal sealed record LossOfRank(double Loss, double Accuracy, double[] FeatureGradient, double ScaleGradient);

/// <summary>The fixed features under the table of losses, and the losses of ranks that each own a part of the rows.</summary>
internal sealed class LossFeatures : IDisposable
{
    public const int RankCount = 2;

    private const int RowCount = 6, ColumnCount = 5, RowsOfRank = RowCount / RankCount;
    private const double Scale = 4;

    private readonly ParameterStore _store = new();
    private readonly Parameter _image, _text, _constantImage, _constantText, _logScale;
    private readonly Tape _tape;

    public LossFeatures(ConformanceContext context)
    {
        Shape shape = new(RowCount, ColumnCount);
        (_image, _text) = (_store.Add("image", shape), _store.Add("text", shape));
        (_constantImage, _constantText) = (_store.Add("constant_image", shape), _store.Add("constant_text", shape));
        (_constantImage.IsFrozen, _constantText.IsFrozen) = (true, true);
        _logScale = _store.Add("logit_scale", Shape.Scalar);
        _store.Allocate(context.Device);
        foreach ((Parameter parameter, double phase) in new[] { (_image, 0.3), (_text, 1.1), (_constantImage, 0.3), (_constantText, 1.1) })
        {
            double[] sines = [.. Enumerable.Range(0, RowCount * ColumnCount).Select(j => Math.Sin((0.7 * j) + phase))];
            context.Device.UploadExactly(context.Inputs(sines), parameter.Master);
        }

        context.Device.UploadExactly(context.Inputs([Math.Log(Scale)]), _logScale.Master);
        _store.RefreshValues();
        _tape = new Tape(context.Device);
    }

    /// <summary>The rows of each rank's own features in the gradient that it holds before the mean over ranks.</summary>
    /// <remarks>Gathering that hands gradients back sums those of all ranks' losses; otherwise a rank has its own loss's alone.</remarks>
    public static double[][] OwnGradients(LossOfRank[] ranks, bool gathersGradients)
    {
        const int Elements = RowsOfRank * ColumnCount;
        return [.. Enumerable.Range(0, ranks.Length).Select(rank => (double[])[.. Enumerable.Range(rank * Elements, Elements).Select(
            j => gathersGradients ? ranks.Sum(each => each.FeatureGradient[j]) : ranks[rank].FeatureGradient[j])])];
    }

    /// <summary>The contrastive loss of one rank: of all rows, or of its own against all.</summary>
    /// <param name="isLocal">Whether only the rank's own rows are compared with all.</param>
    /// <param name="gathersGradients">Whether the gathered rows are variables, of which a rank reads its own.</param>
    /// <param name="rank">Which rank.</param>
    public LossOfRank Contrastive(bool isLocal, bool gathersGradients, int rank)
    {
        _tape.Reset();
        if (!isLocal)
        {
            Tensor full = _tape.ContrastiveLoss(Rows(_image, 0, RowCount), Rows(_text, 0, RowCount), _logScale, out Tensor accuracyOfAll);
            return Backward(full, accuracyOfAll);
        }

        int first = rank * RowsOfRank;
        Parameter images = gathersGradients ? _image : _constantImage, texts = gathersGradients ? _text : _constantText;
        Tensor loss = _tape.ContrastiveLoss(Rows(_image, first, RowsOfRank), Rows(_text, first, RowsOfRank), Rows(images, 0, RowCount),
            Rows(texts, 0, RowCount), _logScale, first, out Tensor accuracy);
        return Backward(loss, accuracy);
    }

    /// <summary>The max-margin loss of one rank's rows against all, or of all rows.</summary>
    public LossOfRank MaxMargin(int? rank)
    {
        _tape.Reset();
        int first = (rank ?? 0) * RowsOfRank, count = rank is null ? RowCount : RowsOfRank;
        Tensor loss = _tape.MarginRankingLoss(Rows(_image, first, count), Rows(_text, first, count), Rows(_image, 0, RowCount),
            Rows(_text, 0, RowCount), MarginRule.Fixed(), default, first);
        return Backward(loss, default);
    }

    public void Dispose()
    {
        _tape.Dispose();
        _store.Dispose();
    }

    private LossOfRank Backward(Tensor loss, Tensor accuracy)
    {
        Device device = _tape.Device;
        _store.ClearGradients();
        double value = device.DownloadExactly(loss)[0], share = accuracy.IsAbsent ? 0 : device.DownloadExactly(accuracy)[0];
        _tape.Backward(loss);
        return new LossOfRank(value, share, device.DownloadExactly(_image.Gradient), device.DownloadExactly(_logScale.Gradient)[0] / Scale);
    }

    private Tensor Rows(Parameter features, int first, int count)
    {
        Tensor rows = _tape.Allocate(new Shape(count), ElementType.Int32);
        _tape.Device.Upload(Enumerable.Range(first, count).ToArray().AsSpan(), rows);
        return _tape.NormalizeRows(_tape.Embed(features, rows));
    }
}
