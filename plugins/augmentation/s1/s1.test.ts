import { describeAugmentation } from '../../shared/augmentation.testing';
import Augmentation from '.';

describeAugmentation(Augmentation, { name: 's1', strength: 1 });
