using TorchSharp;

namespace Avion.Peers;

/// <summary>A model of the peer.</summary>
internal interface ITorchModel
{
    /// <summary>What the file of inputs holds beside parameters.</summary>
    IReadOnlySet<string> BatchNames { get; }

    /// <summary>Takes the batch.</summary>
    void Load(TensorFileReader inputs, TorchParameters parameters);

    /// <summary>The loss of the batch, and what Avion wrote of its results.</summary>
    torch.Tensor Loss(out IReadOnlyDictionary<string, torch.Tensor> outputs);
}
