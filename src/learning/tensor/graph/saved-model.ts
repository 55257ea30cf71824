import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type HostTensor } from '../host-tensor';
import { GRAPH_PREFIX } from './folder';
import { dataTypes, type GraphNode, type NodeAttribute } from './node';

/** A message of TensorFlow's protobuf classes, which tfjs-node ships without types. */
interface Message {
  [method: string]: (...args: unknown[]) => unknown;
}
type MessageClass = new () => Message;
interface Messages {
  AttrValue: MessageClass & { ListValue: MessageClass };
  GraphDef: MessageClass;
  MetaGraphDef: MessageClass & { MetaInfoDef: MessageClass };
  NodeDef: MessageClass;
  SavedModel: MessageClass;
  Tensor: MessageClass;
  TensorShape: MessageClass & { Dim: MessageClass };
  VersionDef: MessageClass;
}

const messages = createRequire(__filename)('@tensorflow/tfjs-node-gpu/dist/proto/api_pb') as Messages;

/** A GraphDef of TensorFlow 2.9, which later versions read as it is. */
const graphVersion = 1087;

/** Writes the graph as a SavedModel into a temporary folder, which is gone when `f` returns. */
export function withSavedModel<T>(nodes: readonly GraphNode[], f: (folder: string) => T): T {
  const folder = mkdtempSync(GRAPH_PREFIX);
  try {
    mkdirSync(join(folder, 'variables'));
    writeFileSync(join(folder, 'saved_model.pb'), encodeSavedModel(nodes));
    return f(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function encodeSavedModel(nodes: readonly GraphNode[]): Uint8Array {
  const graph = new messages.GraphDef();
  const versions = new messages.VersionDef();
  versions.setProducer!(graphVersion);
  graph.setVersions!(versions);
  graph.setNodeList!(nodes.map(encodeNode));
  const info = new messages.MetaGraphDef.MetaInfoDef();
  info.setTagsList!(['serve']);
  const metaGraph = new messages.MetaGraphDef();
  metaGraph.setMetaInfoDef!(info);
  metaGraph.setGraphDef!(graph);
  const model = new messages.SavedModel();
  model.setSavedModelSchemaVersion!(1);
  model.setMetaGraphsList!([metaGraph]);
  return model.serializeBinary!() as Uint8Array;
}

function encodeNode({ name, op, inputs, attributes }: GraphNode): Message {
  const node = new messages.NodeDef();
  node.setName!(name);
  node.setOp!(op);
  node.setInputList!([...inputs]);
  const map = node.getAttrMap!() as { set(key: string, value: Message): void };
  for (const [key, attribute] of Object.entries(attributes)) map.set(key, encodeAttribute(attribute));
  return node;
}

function encodeAttribute(attribute: NodeAttribute): Message {
  const message = new messages.AttrValue();
  switch (attribute.kind) {
    case 'string':
      message.setS!(Buffer.from(attribute.value, 'utf8'));
      break;
    case 'int':
      if (typeof attribute.value === 'number') message.setI!(attribute.value);
      else message.setList!(encodeIntegers(attribute.value));
      break;
    case 'float':
      message.setF!(attribute.value);
      break;
    case 'bool':
      message.setB!(attribute.value);
      break;
    case 'type':
      message.setType!(attribute.value);
      break;
    case 'shape':
      message.setShape!(encodeShape(attribute.value));
      break;
    case 'tensor':
      message.setTensor!(encodeTensor(attribute.value));
      break;
  }
  return message;
}

function encodeIntegers(values: readonly number[]): Message {
  const list = new messages.AttrValue.ListValue();
  list.setIList!([...values]);
  return list;
}

function encodeShape(shape: readonly number[]): Message {
  const message = new messages.TensorShape();
  message.setDimList!(
    shape.map((length) => {
      const dim = new messages.TensorShape.Dim();
      dim.setSize!(length);
      return dim;
    }),
  );
  return message;
}

function encodeTensor({ dtype, shape, values }: HostTensor): Message {
  const message = new messages.Tensor();
  message.setDtype!(dataTypes[dtype]);
  message.setTensorShape!(encodeShape(shape));
  message.setTensorContent!(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return message;
}
