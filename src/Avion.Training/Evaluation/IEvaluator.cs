namespace Avion.Training;

/// <summary>Measures a model: constructed with the model and the data, run as often as wanted.</summary>
public interface IEvaluator
{
    /// <summary>Its word on the command line, by which one of several is chosen.</summary>
    string Name => "default";

    /// <summary>Endings of the files that its outputs fill, such as ".json"; null where that is known only afterwards.</summary>
    IReadOnlyList<string>? FileEndings => null;

    /// <summary>Yields metrics, each a name and a value; never NaN.</summary>
    IEnumerable<Scalar> Run(ITrainingObserver observer, CancellationToken cancellation);
}
